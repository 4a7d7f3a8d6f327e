#!/bin/sh
# Records keys.asc and one file for each commit, made by real gpg and git: record.sh FOLDER
# Every run makes other keys, so the sentences in the test change with it.
set -eu
to=$(mkdir -p "$1" && cd "$1" && pwd)
here=$(mktemp -d)
export GNUPGHOME="$here/gpg" GIT_AUTHOR_NAME=Ada GIT_AUTHOR_EMAIL=ada@example.com GIT_COMMITTER_NAME=Ada GIT_COMMITTER_EMAIL=ada@example.com
mkdir -m 700 "$GNUPGHOME"
repository="$here/repository"
git init --quiet "$repository"

# at TIME gpg-arguments…
at() {
  time=$1
  shift
  gpg --quiet --batch --yes --faked-system-time "$time!" --pinentry-mode loopback --passphrase '' "$@"
}
fingerprint() { gpg --batch --with-colons --list-keys "$1" | awk -F: '$1 == "fpr" { print $10; exit }'; }
public() { at 20260601T000000 --armor --export "$1" >>"$to/keys.asc"; }

# commit NAME TIME KEY [gpg-arguments…]: on top of the commit named "first"
commit() {
  name=$1 time=$2 key=$3
  shift 3
  printf '#!/bin/sh\nexec gpg --quiet --faked-system-time "%s!" --pinentry-mode loopback --passphrase "" %s "$@"\n' "$time" "$*" >"$here/sign"
  chmod +x "$here/sign"
  date=$(echo "$time" | sed -E 's/(....)(..)(..)T(..)(..)(..)/\1-\2-\3T\4:\5:\6Z/')
  parent=
  if [ -f "$here/first" ]; then parent="-p $(cat "$here/first")"; fi
  tree=$(git -C "$repository" mktree </dev/null)
  # shellcheck disable=SC2086
  oid=$(GIT_AUTHOR_DATE=$date GIT_COMMITTER_DATE=$date git -C "$repository" -c gpg.program="$here/sign" commit-tree $parent "-S$key" -m "$name" "$tree")
  git -C "$repository" cat-file commit "$oid" >"$to/$name.commit"
  if [ ! -f "$here/first" ]; then echo "$oid" >"$here/first"; fi
}

rm -f "$to"/*.asc "$to"/*.commit

# A person: a primary key that only certifies, a subkey that signs, one that signed until it was revoked.
at 20250101T000000 --quick-generate-key 'Ada <ada@example.com>' ed25519 cert never
ada=$(fingerprint ada@example.com)
at 20250101T000000 --quick-add-key "$ada" ed25519 sign never
subkey=$(gpg --batch --with-colons --list-keys ada@example.com | awk -F: '$1 == "fpr" { print $10 }' | tail -1)
commit first 20250201T000000 "$subkey!"
commit as-text 20250203T000000 "$subkey!" --textmode
at 20250101T000000 --quick-add-key "$ada" rsa3072 sign never
stolen=$(gpg --batch --with-colons --list-keys ada@example.com | awk -F: '$1 == "fpr" { print $10 }' | tail -1)
commit subkey-before-revocation 20250301T000000 "$stolen!"
printf 'key 2\nrevkey\ny\n1\n\ny\nsave\n' |
  gpg --quiet --no-tty --faked-system-time 20250401T000000! --pinentry-mode loopback --passphrase '' --command-fd 0 --status-fd 2 --edit-key "$ada" 2>/dev/null
public "$ada"

# A forge: one RSA key with an end. What is in keys.asc ends; the one that signs was prolonged, as a thief would.
at 20250101T000000 --quick-generate-key 'Forge <noreply@example.com>' rsa3072 sign 20260101T000000
forge=$(fingerprint noreply@example.com)
public "$forge"
commit weak-digest 20250202T000000 "$forge" --digest-algo SHA1
commit before-expiry 20251231T000000 "$forge"
at 20251231T000000 --quick-set-expire "$forge" 5y
commit after-expiry 20260102T000000 "$forge"

# Replaced (what it signed before stays good), and compromised (nothing does).
for reason in 2:replaced 1:compromised; do
  kind=${reason#*:}
  at 20250101T000000 --quick-generate-key "$kind <$kind@example.com>" ed25519 sign never
  key=$(fingerprint "$kind@example.com")
  commit "$kind-before" 20250301T000000 "$key"
  commit "$kind-after" 20250501T000000 "$key"
  printf 'y\n%s\n\ny\n' "${reason%:*}" |
    gpg --quiet --no-tty --faked-system-time 20250401T000000! --pinentry-mode loopback --passphrase '' --command-fd 0 --status-fd 2 --output "$here/$kind" --gen-revoke "$key" 2>/dev/null
  at 20250401T000000 --import "$here/$kind"
  public "$key"
done

# Too weak, and unknown.
at 20250101T000000 --quick-generate-key 'Weak <weak@example.com>' rsa1024 sign never
weak=$(fingerprint weak@example.com)
commit weak-key 20250301T000000 "$weak"
public "$weak"
at 20250101T000000 --quick-generate-key 'Ada <ada@example.com>' ed25519 sign never
eve=$(gpg --batch --with-colons --list-keys ada@example.com | awk -F: '$1 == "fpr" { print $10 }' | tail -1)
commit unknown 20250301T000000 "$eve"

gpgconf --kill all
rm -rf "$here"
