//! Peppers and the database they belong to.
//!
//! Owns the check that secrets file and database fit together. Digests made under a lost pepper can never be recognised
//! again, so a mismatch stops everything before it does harm.

use mp_domain::event::{Actor, EventKind, Subject};
use mp_domain::secret::{PepperNumber, Peppers};
use mp_domain::time::Timestamp;
use mp_store::{StoreError, Tx, pepper};

use crate::service::Service;

/// Why the peppers at hand cannot be used with the database.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PepperError {
    /// A number means another pepper here than there.
    #[error(
        "the secrets file does not belong to this database: pepper {number} differs. Restore the secrets folder that was \
         kept with this database; without it no key can be recognised"
    )]
    Mismatch {
        /// Which one.
        number: PepperNumber,
    },
    /// A pepper that something still needs is not in the file.
    #[error(
        "the secrets file lacks pepper {number}, which {secrets} keys, tokens or other secrets still need. Restore the \
         secrets folder that was kept with this database"
    )]
    Missing {
        /// Which one.
        number: PepperNumber,
        /// How many would be lost.
        secrets: i64,
    },
    /// The database could not be asked.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Service {
    /// Proves that the peppers belong to the database, and makes the database remember a new one.
    pub async fn register_peppers(&self, actor: Actor) -> Result<(), PepperError> {
        let (peppers, record) = (self.peppers.load_full(), self.record(actor));
        let known = self.store.read("list_peppers", pepper::list).await?;
        let is_known = known.iter().any(|(number, _)| *number == peppers.current().number());
        if is_known {
            // The usual start: nothing is written.
            return self
                .store
                .read("check_peppers", move |conn| Ok(check(conn, &known, &peppers, record.at)))
                .await?;
        }
        self.commit("register_peppers", move |tx| {
            let known = pepper::list(tx)?;
            check(tx, &known, &peppers, record.at)?;
            remember_new(tx, &known, &peppers, record)
        })
        .await
    }
}

fn remember_new(
    tx: &mut Tx<'_>,
    known: &[(PepperNumber, String)],
    peppers: &Peppers,
    record: crate::service::Recorder,
) -> Result<(), PepperError> {
    for new in all(peppers).filter(|pepper| known.iter().all(|(number, _)| *number != pepper.number())) {
        pepper::insert(tx, new, record.at)?;
        record.append(
            tx,
            EventKind::PepperRotated,
            Subject::Server,
            None,
            format!("pepper {}", new.number()),
        )?;
    }
    Ok(())
}

fn check(
    conn: &mut mp_store::Conn,
    known: &[(PepperNumber, String)],
    peppers: &Peppers,
    now: Timestamp,
) -> Result<(), PepperError> {
    for (number, fingerprint) in known {
        match all(peppers).find(|pepper| pepper.number() == *number) {
            Some(pepper) if pepper.fingerprint() == *fingerprint => {}
            Some(_) => return Err(PepperError::Mismatch { number: *number }),
            None => {
                let secrets = pepper::count_in_use(conn, *number, now)?;
                if secrets > 0 {
                    return Err(PepperError::Missing { number: *number, secrets });
                }
            }
        }
    }
    Ok(())
}

fn all(peppers: &Peppers) -> impl Iterator<Item = &mp_domain::secret::Pepper> {
    std::iter::once(peppers.current()).chain(peppers.retired())
}
