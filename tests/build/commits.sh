# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What make lint says of commits that are not upstream yet.
# shellcheck source=tests/lib/tap.sh
. "$TOP/tests/lib/tap.sh"

command -v git >/dev/null || {
	skip "make lint looks at commits" "there is no git"
	exit
}
git="git -C checkout -c user.name=Somebody -c user.email=somebody@example.org"
# commit OPTION…: an empty one
commit() { $git commit -q --allow-empty "$@"; }

step "Without an upstream"
git init -q checkout
cp "$TOP/CONTRIBUTING.md" checkout
$git add -A
commit -m "Anything"
ok "they are not looked at" "$TOP/scripts/dev/commits.sh" checkout
contains "which is said" "$err" "^no upstream is known"

step "With one"
$git branch upstream
$git branch -q --set-upstream-to=upstream
for prefix in mdev: mdev.mk: "deb, rpm:"; do
	commit -s -m "$prefix Say what is wrong" -m "And why."
done
gives "" "those that are as they should be" "$TOP/scripts/dev/commits.sh" checkout
is "nothing is said" "$err" ""
commit -m "docs: Forget to sign it off"
commit -s -m "Forget the prefix"
commit -s -m "mdevxmk: Have another"
commit -s -m "tests: $(printf '%075d' 0)"
commit -s -m "tests: $(printf '%076d' 0)"
fails "others" "$TOP/scripts/dev/commits.sh" checkout
is "each is named once" "$(echo "$err" | wc -l)" 4
contains "without a sign-off" "$err" "^[0-9a-f]+ docs: Forget to sign it off: there is no Signed-off-by line"
contains "without a prefix" "$err" "^[0-9a-f]+ Forget the prefix: the subject has none of the prefixes mdev\|.*\|docs$"
contains "with another one" "$err" "^[0-9a-f]+ mdevxmk: Have another: the subject has none of the prefixes"
contains "too long" "$err" "^[0-9a-f]+ tests: 0{76}: the subject has more than 75 characters"
