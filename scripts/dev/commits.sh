#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# commits.sh [DIRECTORY]: says which commits that are not upstream yet are not as
# CONTRIBUTING.md wants them, and fails. DIRECTORY is a checkout, by default this one.
set -eu

cd "${1:-$(dirname "$0")/../..}"
if ! git rev-parse -q --verify '@{upstream}' >/dev/null 2>&1; then
	echo "no upstream is known (git branch --set-upstream-to=…), so no commits are looked at" >&2
	exit
fi

# shellcheck disable=SC2016 # for sed; the table there has them
prefixes=$(sed -n 's/^| \(`[^|]*:`\) |.*/\1/p' CONTRIBUTING.md | grep -o '[^`, ]*:' | tr -d : | paste -sd '|')
failed=0
# bad WHAT
bad() {
	printf '%s %s: %s\n' "$commit" "$subject" "$1" >&2
	failed=1
}
while read -r commit; do
	subject=$(git log -1 --format=%s "$commit")
	[[ $subject =~ ^(${prefixes//./\\.})(,\ (${prefixes//./\\.}))*:\  ]] ||
		bad "the subject has none of the prefixes $prefixes"
	sentence=${subject#*: }
	[ ${#sentence} -le 75 ] || bad "the subject has more than 75 characters behind its prefix"
	git log -1 --format=%B "$commit" | grep -q '^Signed-off-by: .*<.*@.*>$' ||
		bad "there is no Signed-off-by line (git commit -s, git rebase --signoff)"
done < <(git log --no-merges --reverse --format=%h '@{upstream}..')
exit $failed
