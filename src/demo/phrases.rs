//! What the demo's agents say, in the three languages of its customers.

/// An agent who answers by itself takes one of them by lot, so each fits whatever was asked.
const PHRASES: [&str; 24] = [
    "¡Hola! Con gusto te ayudo. ¿Me compartes el número de tu pedido?",
    "Gracias por escribirnos, ya lo estoy revisando.",
    "Claro que sí, dame un momento y te confirmo.",
    "Listo, quedó anotado. ¿Necesitas algo más?",
    "Te entiendo, vamos a resolverlo hoy mismo.",
    "Acabo de hablar con la bodega y me dicen que sale mañana temprano.",
    "Perfecto. Te llega un correo con todos los detalles.",
    "Aquí sigo, cuéntame un poco más, por favor.",
    "Oi! Tudo bem? Já estou vendo isso para você.",
    "Obrigada por avisar, vou conferir no sistema agora.",
    "Pode deixar, eu acompanho até chegar aí.",
    "Você pode me mandar o número do pedido, por favor?",
    "Prontinho, está resolvido. Posso ajudar em mais alguma coisa?",
    "Falei com o pessoal do estoque e ainda temos essa opção.",
    "Entendi. Vou pedir prioridade e já te dou um retorno.",
    "Fique tranquilo, a troca não tem custo nenhum.",
    "Hi there, happy to help. Let me look that up for you.",
    "Thanks for your patience, I have it in front of me now.",
    "Good question. I have just checked, and yes, that works.",
    "Could you tell me the name on the order, please?",
    "All done. You should see it on your side within the hour.",
    "I am sorry about that. We will put it right today.",
    "I have set it aside under your name until tomorrow evening.",
    "Is there anything else I can do for you today?",
];

/// All of them.
pub(super) fn phrases() -> Vec<String> {
    PHRASES.iter().map(|phrase| (*phrase).to_owned()).collect()
}
