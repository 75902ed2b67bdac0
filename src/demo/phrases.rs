//! What the demo's agents say, in the three languages of its customers: each answers in the language that was spoken.

/// A customer's language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Language {
    Spanish,
    Portuguese,
    English,
}

const LANGUAGES: [Language; 3] = [Language::Spanish, Language::Portuguese, Language::English];

impl Language {
    /// Each fits whatever was asked.
    const fn phrases(self) -> [&'static str; 8] {
        match self {
            Self::Spanish => [
                "¡Hola! Con gusto te ayudo. ¿Me compartes el número de tu pedido?",
                "Gracias por escribirnos, ya lo estoy revisando.",
                "Claro que sí, dame un momento y te confirmo.",
                "Listo, quedó anotado. ¿Necesitas algo más?",
                "Te entiendo, vamos a resolverlo hoy mismo.",
                "Acabo de hablar con la bodega y me dicen que sale mañana temprano.",
                "Perfecto. Te llega un correo con todos los detalles.",
                "Aquí sigo, cuéntame un poco más, por favor.",
            ],
            Self::Portuguese => [
                "Oi! Tudo bem? Já estou vendo isso para você.",
                "Obrigada por avisar, vou conferir no sistema agora.",
                "Pode deixar, eu acompanho até chegar aí.",
                "Você pode me mandar o número do pedido, por favor?",
                "Prontinho, está resolvido. Posso ajudar em mais alguma coisa?",
                "Falei com o pessoal do estoque e ainda temos essa opção.",
                "Entendi. Vou pedir prioridade e já te dou um retorno.",
                "Fique tranquilo, a troca não tem custo nenhum.",
            ],
            Self::English => [
                "Hi there, happy to help. Let me look that up for you.",
                "Thanks for your patience, I have it in front of me now.",
                "Good question. I have just checked, and yes, that works.",
                "Could you tell me the name on the order, please?",
                "All done. You should see it on your side within the hour.",
                "I am sorry about that. We will put it right today.",
                "I have set it aside under your name until tomorrow evening.",
                "Is there anything else I can do for you today?",
            ],
        }
    }

    /// Letters and short words that the other two do not have.
    const fn marks(self) -> (&'static str, &'static [&'static str]) {
        match self {
            Self::Spanish => (
                "¿¡ñ",
                &[
                    "hola",
                    "buenas",
                    "el",
                    "la",
                    "y",
                    "mi",
                    "ha",
                    "con",
                    "una",
                    "un",
                    "pedido",
                    "quisiera",
                    "quedo",
                    "gracias",
                    "muchas",
                    "perfecto",
                    "listo",
                    "estoy",
                    "prefiero",
                    "cuánto",
                    "es",
                    "dirección",
                    "los",
                    "las",
                    "no",
                    "sí",
                    "del",
                    "cobraron",
                    "veces",
                    "dos",
                    "está",
                    "número",
                    "factura",
                ],
            ),
            Self::Portuguese => (
                "ãõçê",
                &[
                    "oi",
                    "bom",
                    "boa",
                    "dia",
                    "meu",
                    "minha",
                    "o",
                    "a",
                    "e",
                    "um",
                    "uma",
                    "vocês",
                    "você",
                    "esse",
                    "mesmo",
                    "sim",
                    "é",
                    "era",
                    "só",
                    "isso",
                    "obrigada",
                    "obrigado",
                    "muito",
                    "valeu",
                    "perfeito",
                    "já",
                    "quero",
                    "que",
                    "na",
                    "no",
                    "qual",
                    "prazo",
                    "para",
                    "pode",
                    "ser",
                    "sexta-feira",
                    "fica",
                    "quanto",
                    "outra",
                    "cor",
                    "aqui",
                    "respondo",
                    "vou",
                    "boleto",
                    "como",
                    "pix",
                    "faço",
                ],
            ),
            Self::English => (
                "",
                &[
                    "the", "is", "it", "that", "this", "you", "do", "does", "not", "my", "i", "hi", "hello", "thanks",
                    "thank", "a", "to", "can", "could", "would", "how", "yes", "one", "was", "all", "great", "please",
                    "and", "of", "for", "without", "abroad", "work", "code", "lot", "perfect",
                ],
            ),
        }
    }

    /// The language that most speaks for; `None`: nothing does, or two do alike.
    fn of(said: &str) -> Option<Self> {
        let said = said.to_lowercase();
        let words: Vec<&str> = said.split(|c: char| !(c.is_alphanumeric() || c == '-')).collect();
        let mut scores = LANGUAGES.map(|language| {
            let (letters, marks) = language.marks();
            let letters = 2 * said.chars().filter(|c| letters.contains(*c)).count();
            (letters + words.iter().filter(|word| marks.contains(*word)).count(), language)
        });
        scores.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
        (scores[0].0 > scores[1].0).then_some(scores[0].1)
    }
}

/// An answer in the language of what was said; where that cannot be told, in whatever language the lot falls on.
pub(super) fn answer(said: &str, lot: usize) -> String {
    let language = Language::of(said).unwrap_or(LANGUAGES[lot / 8 % LANGUAGES.len()]);
    language.phrases()[lot % 8].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use dashoffice_simulated::customers_say;

    #[test]
    fn every_customer_of_the_demo_is_answered_in_their_own_language() {
        for (code, said) in customers_say() {
            let language = match code {
                "es" => Language::Spanish,
                "pt" => Language::Portuguese,
                _ => Language::English,
            };
            assert_eq!(Language::of(said), Some(language), "{said}");
            for lot in 0..50 {
                assert!(language.phrases().contains(&answer(said, lot).as_str()));
            }
        }
    }

    #[test]
    fn what_is_in_no_language_is_answered_all_the_same_and_alike_each_time() {
        for said in ["", "👍", "42"] {
            assert_eq!(answer(said, 7), answer(said, 7));
            let all: std::collections::BTreeSet<String> = (0..24).map(|lot| answer(said, lot)).collect();
            assert_eq!(all.len(), 24);
        }
    }
}
