//! What customers of a shop say, in three languages.

/// A customer's language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    Es,
    Pt,
    En,
}

/// Where in a conversation something is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    Opening,
    FollowUp,
    Farewell,
}

/// Everything that customers say by themselves, with the code of its language (`es`, `pt`, `en`).
pub fn customers_say() -> impl Iterator<Item = (&'static str, &'static str)> {
    let languages = [("es", Language::Es), ("pt", Language::Pt), ("en", Language::En)];
    languages.into_iter().flat_map(|(code, language)| {
        let moments = [Moment::Opening, Moment::FollowUp, Moment::Farewell].into_iter();
        moments.flat_map(move |moment| language.phrases(moment)).map(move |said| (code, *said))
    })
}

impl Language {
    pub(crate) const fn phrases(self, moment: Moment) -> &'static [&'static str] {
        match (self, moment) {
            (Self::Es, Moment::Opening) => &[
                "Hola, ¿tienen este modelo en talla M?",
                "Buenas, mi pedido no ha llegado todavía",
                "¿Hacen envíos a otra ciudad?",
                "Quisiera cambiar un producto que compré ayer",
                "¿A qué hora cierran hoy?",
                "Me cobraron dos veces la misma compra 😕",
            ],
            (Self::Es, Moment::FollowUp) => &[
                "Sí, el número está en la factura",
                "¿Y cuánto tarda?",
                "Prefiero pagar con tarjeta",
                "No estoy seguro, déjame revisar",
                "¿Me lo pueden apartar hasta mañana?",
                "Es la dirección de siempre 🏠",
            ],
            (Self::Es, Moment::Farewell) => {
                &["¡Muchas gracias! 🙌", "Perfecto, quedo atento", "Listo, gracias por todo"]
            }
            (Self::Pt, Moment::Opening) => &[
                "Oi, vocês têm esse tênis no 42?",
                "Bom dia, meu pedido está atrasado",
                "Qual é o prazo de entrega para o interior?",
                "Quero trocar uma peça que não serviu",
                "Vocês aceitam Pix? 😀",
                "O boleto venceu, como faço?",
            ],
            (Self::Pt, Moment::FollowUp) => &[
                "Sim, é esse mesmo",
                "Pode ser na sexta-feira",
                "E o frete, fica quanto?",
                "Já mandei o comprovante",
                "Não, a outra cor",
                "Vou conferir aqui e já respondo",
            ],
            (Self::Pt, Moment::Farewell) => &["Muito obrigada! 💚", "Perfeito, valeu", "Era só isso, obrigado"],
            (Self::En, Moment::Opening) => &[
                "Hi, is the blue one still available?",
                "Hello, my parcel says delivered but it isn't here",
                "Can I return something without the receipt?",
                "Do you ship abroad?",
                "My discount code does not work",
            ],
            (Self::En, Moment::FollowUp) => &[
                "Yes, that is the one",
                "How long would that take?",
                "Could you check the other store?",
                "I paid by card on Monday",
                "Not really, the bigger size please",
            ],
            (Self::En, Moment::Farewell) => &["Thanks a lot!", "Great, that was all 👍", "Perfect, thank you"],
        }
    }
}
