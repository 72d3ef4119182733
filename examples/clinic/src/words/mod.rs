//! What the pages say, in English and French. Declines told to patients are the library's own texts.

mod asked;
mod errors;
mod frame;
mod keys;
mod notice;
mod problems;
mod refunds;
mod refusal;
mod staff;
mod states;
mod table;

pub use errors::wrong;
pub use frame::frame_code;
pub use keys::key_error;
pub use notice::Notice;
pub use problems::{problem, problem_heading};
pub use refunds::{refund_plan, refund_refusal, refund_remark, refund_state};
pub use refusal::{not_told, not_verified, patient_message, refusal};
pub use staff::staff_decline;
pub use states::{
    Tone, attempt_state, card_brand, field_hint, field_label, invoice_status, money_back, pane_state,
    payment_state, person, place_of_supply, processor, review, tax_name, told_at_once, trouble, window_field,
};
pub use table::Words;
