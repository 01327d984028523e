# The account: profile, security, sessions, connected applications.

profile-title = Profile
account-name = Name
account-login = Login
account-email = E-mail
account-since = Account since
email-verified = Confirmed
email-unverified = Not confirmed
email-change = Change
email-verify = Send a confirmation letter
email-title = Change e-mail
email-why = Letters go to { $email } now. We send a link to the new address; it becomes yours when you open it.
email-new = New e-mail
email-send = Send the link
email-no-mail = This server cannot send letters, so an address cannot be confirmed or changed here. Ask whoever runs it.
email-sent-title = Check the new mailbox
email-sent-why = A letter with a link is on its way to { $email }. Until you open the link and confirm, nothing changes.

security-title = Security
password-title = Password
password-change = Change password
password-change-title = Change password
ends-tokens-and-sessions = This signs out your other browsers, and applications have to ask you for access again. API keys of cabinets stay.
since = since
added = added
last-used = last used
never-used = never used
expires = ends
allowed = allowed
remove = Remove
go-on = Continue

totp-title = Authenticator app
totp-why = Besides the password, sign-in asks for a code from an app on your phone.
totp-on = Set up
totp-off = Turn off codes
factor-on = On
factor-off = Off
totp-enrol-title = Set up an authenticator app
totp-step-app = Open an authenticator app
totp-step-app-why = Any app for one-time codes will do: Yandex Key, Google Authenticator, Aegis, a password manager.
totp-step-scan = Scan the picture
totp-picture = QR code for the authenticator app
totp-secret = No camera? Enter this key instead
totp-step-code = Enter the code it shows
totp-code = Six-digit code
totp-confirm = Turn on codes
totp-off-title = Turn off codes from the app?
totp-off-why = Sign-in will no longer ask for a code. Without another second factor the password alone opens your account.

passkeys-title = Passkeys
passkeys-why = A passkey confirms sign-in with a fingerprint, face, PIN or security key. It cannot be phished.
passkey-add = Add a passkey
passkey-add-title = Add a passkey
passkey-name = Name
passkey-name-hint = So that you recognise it later, for example “Work laptop”.
passkey-name-default = My passkey
passkey-remove = Remove passkey
passkey-remove-title = Remove the passkey “{ $name }”?
passkey-remove-why = It can no longer be used to sign in here. The device itself keeps its copy until you delete it there.

backup-codes = Backup codes
backup-codes-title = Save your backup codes
backup-codes-why = Each replaces the second factor once, for the day your phone is lost.
backup-codes-use = If your phone or security key is lost, enter one of these codes instead. Each works once.
backup-codes-left = { $count ->
    [0] None left.
    [one] { $count } code left.
   *[other] { $count } codes left.
}
backup-codes-few = You are running out of backup codes. Make new ones before you need them.
backup-codes-renew = Make new codes
backup-codes-renew-title = Make new backup codes?
backup-codes-renew-why = You get ten new codes. The old ones stop working at once.

everywhere = Sign out everywhere
everywhere-heading = Lost a device?
everywhere-why = End everything at once: sessions in every browser and the access of every application.
everywhere-title = Sign out everywhere?
everywhere-sessions = { $count ->
    [one] This browser is signed out; no other is signed in.
   *[other] All { $count } browsers are signed out, this one included.
}
everywhere-applications = { $count ->
    [0] No application has access to your account.
    [one] { $count } application loses its access until you allow it again.
   *[other] { $count } applications lose their access until you allow them again.
}
everywhere-keys = API keys of cabinets keep working: they belong to the cabinet, not to you.

sessions-title = Devices
sessions-why = Browsers in which you are signed in. End what you do not recognise, then change your password.
session-unknown = Unknown browser
session-last-used = last active
session-since = signed in
session-this = this browser
session-halfway = waiting for the second factor
session-end = End

connected-title = Connected applications
connected-why = Applications that may act for you. Access ends the moment you withdraw it.
connected-none = No application has access
connected-none-why = An application appears here once you have allowed it something.
connected-contact = Contact:
connected-devices = { $count ->
    [one] on { $count } device
   *[other] on { $count } devices
}
withdraw = Withdraw access
withdraw-title = Withdraw the access of “{ $name }”?
withdraw-why = Its tokens stop working at once, on every device. Whatever it does for you – price updates, orders, reports – stops.
withdraw-last-used = It last used its access { $when }.
withdraw-never-used = It has never used its access.
withdraw-again = You can allow it again whenever it asks.

done-password = The password is changed. Other browsers are signed out.
done-totp-on = Codes from the app are on.
done-totp-off = Codes from the app are off.
done-passkey = The passkey is added.
done-passkey-removed = The passkey is removed.
done-backup-codes = The new codes are made. The old ones no longer work.
done-session = The session is ended.
done-access = The access is withdrawn.
done-letter = The letter is on its way. Open the link in it to confirm your address.
