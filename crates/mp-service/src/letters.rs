//! What letters say, in English and Russian.
//!
//! Owns their wording. Must never hold a secret other than the single-use link a letter is about.

use mp_domain::account::{Email, Login};
use mp_domain::name::Name;
use mp_domain::secret::PlainSecret;
use mp_domain::time::Timestamp;

use crate::mailer::Letter;

/// The language of a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
    /// Russian.
    Russian,
}

/// "Prove that this address is yours."
pub(crate) fn verification(language: Language, to: Email, login: &Login, url: &PlainSecret) -> Letter {
    let url = url.expose();
    let (subject, text) = match language {
        Language::English => (
            "Confirm your e-mail address",
            format!(
                "Hello,\n\nto confirm that this address belongs to the marketpass account {login}, open this link:\n\n\
                 {url}\n\nIt works once, within 24 hours. If you did not ask for it, do nothing: nothing will change.\n"
            ),
        ),
        Language::Russian => (
            "Подтвердите адрес электронной почты",
            format!(
                "Здравствуйте!\n\nЧтобы подтвердить, что этот адрес принадлежит учётной записи marketpass {login}, \
                 откройте ссылку:\n\n{url}\n\nОна сработает один раз в течение 24 часов. Если вы об этом не просили, \
                 ничего не делайте: ничего не изменится.\n"
            ),
        ),
    };
    Letter { to, subject: subject.to_owned(), text }
}

/// "Somebody gave your address for an account of theirs." Names no login: neither account is to learn of the other.
pub(crate) fn address_taken(language: Language, to: Email) -> Letter {
    let (subject, text) = match language {
        Language::English => (
            "Your address was given for another account",
            "Hello,\n\nsomebody gave this address for another marketpass account. It belongs to an account already, so \
             nothing was changed. If that was you, sign in to the account you have, or choose another address. If not, \
             do nothing.\n",
        ),
        Language::Russian => (
            "Ваш адрес указали для другой учётной записи",
            "Здравствуйте!\n\nКто-то указал этот адрес для другой учётной записи marketpass. Он уже принадлежит одной \
             учётной записи, поэтому ничего не изменилось. Если это были вы, войдите в ту, которая у вас есть, или \
             укажите другой адрес. Если нет, ничего не делайте.\n",
        ),
    };
    Letter { to, subject: subject.to_owned(), text: text.to_owned() }
}

/// "Somebody wants another address for your account." Goes to the present address, in both languages: it may not be the
/// person who asked.
pub(crate) fn email_change_asked(to: Email, login: &Login, new: &Email) -> Letter {
    Letter {
        to,
        subject: "Запрошена смена адреса / Another address was asked for".to_owned(),
        text: format!(
            "Здравствуйте!\n\nДля учётной записи marketpass {login} запрошен другой адрес: {new}. Он сменится, когда откроют \
             ссылку в письме, отправленном туда. Если это сделали не вы, сразу смените пароль: ссылка перестанет работать, \
             а все остальные сеансы завершатся.\n\n\
             Hello,\n\nanother address was asked for by the marketpass account {login}: {new}. It changes when the link in \
             the letter sent there is opened. If that was not you, change your password at once: the link stops working \
             then, and all other sessions end.\n"
        ),
    }
}

/// "The address of your account is another one now." Goes to the former address, in both languages: nobody knows who
/// reads it.
pub(crate) fn email_changed(to: Email, login: &Login, new: &Email) -> Letter {
    Letter {
        to,
        subject: "Адрес учётной записи изменён / The address of your account has changed".to_owned(),
        text: format!(
            "Здравствуйте!\n\nУ учётной записи marketpass {login} теперь другой адрес: {new}. Если это сделали не вы, \
             сразу обратитесь к тем, кто управляет сервисом.\n\n\
             Hello,\n\nthe marketpass account {login} has another address now: {new}. If that was not you, turn to \
             whoever runs the service at once.\n"
        ),
    }
}

/// "Your second factors are off." In both languages: no page of the person caused it.
pub(crate) fn factors_reset(to: Email, login: &Login) -> Letter {
    Letter {
        to,
        subject: "Второй фактор отключён / Your second factors are off".to_owned(),
        text: format!(
            "Здравствуйте!\n\nТе, кто управляет сервисом, отключили второй фактор учётной записи marketpass {login}: коды, \
             ключи доступа и резервные коды больше не нужны для входа. Все сеансы и токены завершены. Войдите с паролем и \
             настройте второй фактор заново. Если вы об этом не просили, сразу обратитесь к тем, кто управляет сервисом.\n\n\
             Hello,\n\nwhoever runs the service has switched off the second factors of the marketpass account {login}: \
             codes, passkeys and backup codes are not asked for any more, and all sessions and tokens have ended. Sign in \
             with your password and set a second factor up again. If you did not ask for this, turn to whoever runs the \
             service at once.\n"
        ),
    }
}

/// "Choose a new password."
pub(crate) fn recovery(language: Language, to: Email, login: &Login, url: &PlainSecret) -> Letter {
    let url = url.expose();
    let (subject, text) = match language {
        Language::English => (
            "Choose a new password",
            format!(
                "Hello,\n\nsomebody asked for a new password for the marketpass account {login}. To choose one, open this \
                 link:\n\n{url}\n\nIt works once, within 30 minutes, and signs the account out everywhere. If you did not \
                 ask for it, do nothing: your password stays as it is.\n"
            ),
        ),
        Language::Russian => (
            "Задайте новый пароль",
            format!(
                "Здравствуйте!\n\nДля учётной записи marketpass {login} запрошен новый пароль. Чтобы задать его, откройте \
                 ссылку:\n\n{url}\n\nОна сработает один раз в течение 30 минут; все сеансы и токены будут завершены. Если \
                 вы об этом не просили, ничего не делайте: пароль останется прежним.\n"
            ),
        ),
    };
    Letter { to, subject: subject.to_owned(), text }
}

/// "You are invited." In both languages: nobody knows who reads it.
pub(crate) fn invitation(to: Email, url: &PlainSecret) -> Letter {
    let url = url.expose();
    Letter {
        to,
        subject: "Приглашение в marketpass / Your invitation to marketpass".to_owned(),
        text: format!(
            "Здравствуйте!\n\nВас приглашают зарегистрироваться. Откройте ссылку и выберите логин и пароль:\n\n{url}\n\n\
             Она сработает один раз в течение 7 дней. Если вы не знаете, о чём речь, ничего не делайте.\n\n\
             Hello,\n\nyou are invited to register. Open the link in this letter and choose a login and a password. It works \
             once, within 7 days. If you do not know what this is about, do nothing.\n"
        ),
    }
}

/// What runs out.
pub(crate) enum Expiring<'a> {
    /// A key of a cabinet.
    Key {
        /// The key's name.
        name: &'a Name,
        /// The cabinet's.
        business: &'a Name,
        /// Where its owner makes another one.
        page: &'a str,
    },
    /// A person's token of an application.
    Token {
        /// The application's name.
        client: &'a Name,
        /// Whose.
        login: &'a Login,
    },
}

/// "Something will stop working." In both languages: no page caused it.
pub(crate) fn expiry(to: Email, expiring: &Expiring<'_>, expires_at: Timestamp, days: i64) -> Letter {
    let (russian, english, subject) = match expiring {
        Expiring::Key { name, business, page } => (
            format!(
                "Срок действия API-ключа «{name}» кабинета «{business}» закончится {expires_at} (осталось дней: не больше \
                 {days}). После этого запросы с ним перестанут работать. Выпустите новый ключ: {page}"
            ),
            format!(
                "the API key \"{name}\" of the cabinet \"{business}\" expires at {expires_at} (days left: at most {days}). \
                 Requests with it will stop working. Make a new key: {page}"
            ),
            format!("API-ключ «{name}» скоро перестанет работать / API key \"{name}\" expires soon"),
        ),
        Expiring::Token { client, login } => (
            format!(
                "Срок действия OAuth-токена приложения «{client}» для учётной записи {login} закончится {expires_at} \
                 (осталось дней: не больше {days}). После этого запросы с ним перестанут работать: дайте приложению доступ \
                 ещё раз или перейдите на API-ключ."
            ),
            format!(
                "the OAuth token of the application \"{client}\" for the account {login} expires at {expires_at} (days \
                 left: at most {days}). Requests with it will stop working: allow the application access again, or use an \
                 API key instead."
            ),
            format!("Токен приложения «{client}» скоро истечёт / The token of \"{client}\" expires soon"),
        ),
    };
    let text = format!("Здравствуйте!\n\n{russian}\n\nHello,\n\n{english}\n");
    Letter { to, subject, text }
}
