//! Step 1: Billing Settings. The account's keys are pasted, checked and saved; a second time is a roll. Stripe is unlocked
//! first.

use billing_app::{BillingSettings, Pane, SaveKeys, Warning};
use billing_credentials::{Submitted, fields};
use billing_domain::ProcessorId;

use crate::demo::Demo;
use crate::processor::Processor;
use crate::say::Teller;
use crate::{Told, words};

pub(crate) async fn connect(demo: &Demo, processor: Processor, pasted: Submitted, teller: &Teller) -> Told {
    let (billing, people) = (&demo.billing, &demo.people);
    let account = match processor {
        Processor::Moneris => "Moneris store",
        Processor::Stripe => "Stripe account",
    };
    teller.step(1, format_args!("Billing Settings: the clinic connects its own {account}"));
    let settings = billing.settings(&people.owner).await?;
    show(&settings.moneris, teller);
    show(&settings.stripe, teller);
    match processor {
        Processor::Moneris => make_way(demo, &settings, teller).await?,
        Processor::Stripe => unlock(demo, &settings, teller).await?,
    }
    let (pane, other) = match processor {
        Processor::Moneris => (&settings.moneris, None),
        Processor::Stripe => (&settings.stripe, settings.moneris.saved.as_ref()),
    };
    if let Some(saved) = &pane.saved {
        let version = saved.version;
        teller.line(format_args!("Keys are saved already, version {version}. Saving again rolls them."));
    }

    teller.line(match processor {
        Processor::Moneris => {
            "The owner pastes store id, API token and profile id, and saves. The library asks Moneris for a stored \
             card that cannot exist: it moves nothing, and shows whether the store is known."
        }
        Processor::Stripe => "The owner pastes two keys and saves. The library asks Stripe whose they are.",
    });
    let saved = billing.save_keys(&people.owner, SaveKeys::checked(processor.id(), pasted)).await?;
    show(&saved.pane, teller);
    for warning in saved.warnings {
        match warning {
            Warning::Remark(remark) => teller.fact("remark", remark),
            other => teller.fact("warning", format_args!("{other:?}")),
        }
    }
    if other.is_some() {
        teller.line("Stripe comes first wherever its keys are saved. Moneris waits until they are removed.");
        show(&billing.settings(&people.owner).await?.moneris, teller);
    }
    Ok(())
}

/// The help centre unlocks Stripe for this dispensary, once.
async fn unlock(demo: &Demo, settings: &BillingSettings, teller: &Teller) -> Told {
    if settings.stripe.may_save {
        return Ok(());
    }
    demo.billing.unlock_processor(&demo.people.help_centre, ProcessorId::STRIPE).await?;
    let unlocked = demo.billing.settings(&demo.people.owner).await?.stripe;
    teller.line(format_args!("The help centre unlocks Stripe. Its pane takes {}.", fields_of(&unlocked)));
    show(&unlocked, teller);
    Ok(())
}

/// Moneris needs no unlocking, but Stripe comes first wherever its keys are saved.
async fn make_way(demo: &Demo, settings: &BillingSettings, teller: &Teller) -> Told {
    teller.line(format_args!("Moneris needs no unlocking. Its pane takes {}.", fields_of(&settings.moneris)));
    if settings.stripe.saved.is_some() {
        teller.line("Stripe comes first wherever its keys are saved, so the owner removes its account.");
        demo.billing.remove_account(&demo.people.owner, ProcessorId::STRIPE).await?;
        show(&demo.billing.settings(&demo.people.owner).await?.stripe, teller);
    }
    Ok(())
}

fn fields_of(pane: &Pane) -> String {
    let names: Vec<_> = pane.fields.iter().map(|field| field.name).collect();
    match names.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, before)) => format!("{} and {last}", before.join(", ")),
        None => "nothing".to_owned(),
    }
}

/// A pane as staff see it. A saved secret is masked for good: there is no reveal.
fn show(pane: &Pane, teller: &Teller) {
    teller.fact(&pane.processor, words::pane(pane.state));
    let Some(saved) = &pane.saved else { return };
    let account = saved.external_id.as_deref().unwrap_or("(not checked)");
    match &saved.business_name {
        Some(business) => teller.fact("  business", format_args!("{business}, {account}")),
        // Moneris tells no name.
        None => teller.fact("  account", account),
    }
    if let Some(profile) = saved.public.field(fields::PROFILE_ID) {
        teller.fact("  profile_id", profile);
    }
    for (name, masked) in &saved.masked.0 {
        teller.fact(format_args!("  {name}"), format_args!("{masked}, version {}", saved.version));
    }
}
