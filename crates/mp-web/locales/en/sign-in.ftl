# Signing in and out, recovery, registration.

sign-in-title = Sign in
sign-in-login = Login or e-mail
sign-in-password = Password
sign-in-forgotten = Forgot your password?
sign-in-new = No account yet?
sign-in-after-sign-out = You are signed out.
sign-in-after-everywhere = You are signed out everywhere. Applications need your permission again.
sign-in-after-recovery = The new password is set. Sign in with it.
back-to-sign-in = Back to sign-in
or = or

second-factor-title = Confirm that it is you
second-factor-code = Code from your authenticator app
second-factor-code-hint = Six digits. A backup code works too.
second-factor-backup = Backup code
second-factor-backup-hint = One of the codes you saved when you added your passkey.
second-factor-send = Continue
second-factor-other-person = Sign in as somebody else

passkey-use = Use a passkey
passkey-failed = The passkey did not answer, or the request was cancelled. Try again.
passkey-needs-script = Passkeys need JavaScript.
passkeys-unavailable = Passkeys cannot be used here: they work only under a host name, over https or on localhost.

sign-out-title = Sign out of this browser?
sign-out-why = Other browsers stay signed in, and applications keep their access.

confirm-title = Confirm that it is you
confirm-why = This concerns the security of your account, and your last sign-in was more than ten minutes ago.
confirm-send = Continue

recover-title = Reset your password
recover-why = Tell us your login or e-mail. If the address of your account is verified, we send you a link that lets you choose a new password.
recover-send = Send the link
recover-no-mail = This server cannot send letters, so a password cannot be reset here. Ask whoever runs it to set a new one for you.
recover-sent-title = Check your mail
recover-sent-why = If there is such an account and its address is verified, a letter with a link is on its way. The link works for half an hour.
recover-sent-nothing = Nothing there after a few minutes? Look into the spam folder, or ask whoever runs this service.
recover-password-title = Choose a new password
recover-password-for = For the login { $login }
recover-password-ends = Every browser is signed out and every application has to ask for access again. Your second factor stays on.

link-over-title = This link no longer works
link-over-why = It was used already, is too old, or was cut off in the letter.
link-over-again = Ask for another link

sign-up-title = Create an account
sign-up-name = Name
sign-up-name-hint = What we should call you. You can leave it empty.
sign-up-login = Login
sign-up-login-hint = Latin letters, digits and . _ + -
sign-up-email-hint = For letters about security and expiring keys.
sign-up-send = Create account
sign-up-have = Already have an account?
sign-up-closed = People cannot register themselves here. Ask whoever runs this service for an account.
sign-up-by-invitation = Accounts are made by invitation here. Ask whoever runs this service for one, then open the link in the letter.
sign-up-invitation-over = This invitation no longer works: it was used, or a week has passed. Ask for another one.

verify-title = Confirm your address
verify-whose = { $email } will be the address of the account with the login { $login }. If that login is not yours, close this page.
verify-why = One click, and we know that our letters reach you.
verify-send = Confirm address
verified-title = Your address is confirmed
verified-why = Letters go to { $email } from now on.
verified-account = Go to your account
verify-over-why = It was used already, is too old, or was cut off in the letter. Sign in to ask for another one.

password-new = New password
password-current = Current password
password-hint = At least 8 characters. A few unrelated words make a good one.
password-save = Save password

problem-login-missing = Enter your login or e-mail.
problem-password-missing = Enter your password.
problem-wrong-credentials = The login or the password is wrong. Check both; passwords tell capital letters from small ones.
problem-wrong-password = This is not your current password.
problem-too-many = { $minutes ->
    [one] Too many attempts. Try again in a minute.
   *[other] Too many attempts. Try again in { $minutes } minutes.
}
problem-busy = Too many people are signing in at this moment. Try again in a few seconds.
problem-disabled = This account is switched off. Ask whoever runs this service.
problem-wrong-code = The code is wrong or was used already. Wait for the next one and enter it.
problem-wrong-passkey = The passkey was not recognised. Try again, or use a code.
problem-not-begun = This took too long. Start again.
problem-too-many-passkeys = { $most ->
    [one] You have { $most } passkey already. Remove it first.
   *[other] You have { $most } passkeys already. Remove one first.
}
problem-password-short = The password is too short: use at least 8 characters.
problem-password-long = The password is too long: use at most 1000 characters.
problem-name = The name is too long or contains characters that cannot be shown: use at most 100 letters, digits and signs.
problem-login = Use 1 to 64 Latin letters, digits and . _ + -, beginning with a letter or digit.
problem-login-taken = The login { $login } is taken. Choose another one.
problem-login-address = A login that looks like an e-mail address can only be that address. Choose a login without @.
problem-email = Enter an address like name@example.org.
