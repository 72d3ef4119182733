//! Step 1: Billing Settings. Stripe is unlocked, its keys are pasted, checked and saved; a second time is a roll.

use billing_app::{Pane, SaveKeys, Warning};
use billing_credentials::Submitted;
use billing_domain::ProcessorId;

use crate::demo::Demo;
use crate::say::Teller;
use crate::{Told, words};

pub(crate) async fn connect_stripe(demo: &Demo, pasted: Submitted, teller: &Teller) -> Told {
    let (billing, people) = (&demo.billing, &demo.people);
    teller.step(1, "Billing Settings: the clinic connects its own Stripe account");
    let settings = billing.settings(&people.owner).await?;
    show(&settings.moneris, teller);
    show(&settings.stripe, teller);
    if !settings.stripe.may_save {
        billing.unlock_processor(&people.help_centre, ProcessorId::STRIPE).await?;
        let unlocked = billing.settings(&people.owner).await?.stripe;
        let fields: Vec<_> = unlocked.fields.iter().map(|field| field.name).collect();
        teller.line(format_args!("The help centre unlocks Stripe. Its pane takes {}.", fields.join(" and ")));
        show(&unlocked, teller);
    }
    if let Some(saved) = settings.stripe.saved {
        let version = saved.version;
        teller.line(format_args!("Keys are saved already, version {version}. Saving again rolls them."));
    }

    teller.line("The owner pastes two keys and saves. The library asks Stripe whose they are.");
    let saved = billing.save_keys(&people.owner, SaveKeys::checked(ProcessorId::STRIPE, pasted)).await?;
    show(&saved.pane, teller);
    for warning in saved.warnings {
        match warning {
            Warning::Remark(remark) => teller.fact("remark", remark),
            other => teller.fact("warning", format_args!("{other:?}")),
        }
    }
    Ok(())
}

/// A pane as staff see it. A saved secret is masked for good: there is no reveal.
fn show(pane: &Pane, teller: &Teller) {
    teller.fact(&pane.processor, words::pane(pane.state));
    let Some(saved) = &pane.saved else { return };
    let (business, account) = (saved.business_name.as_deref(), saved.external_id.as_deref());
    let business = business.unwrap_or("(no name)");
    teller.fact("  business", format_args!("{business}, {}", account.unwrap_or("(not checked)")));
    for (name, masked) in &saved.masked.0 {
        teller.fact(format_args!("  {name}"), format_args!("{masked}, version {}", saved.version));
    }
}
