#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The drivers' API, as it is and as it was. Each line is one thing that a driver
# can use: an exported symbol, a function, a member of a structure with its
# place, a macro. docs/api/MAJOR.MINOR.txt has those of each release, in which
# a patch level never changes any.
#
#   api.sh list [FOLDER]    prints what FOLDER (default: this checkout) has now
#   api.sh record [FOLDER]  writes it as that of its version, if that may be
#   api.sh check [FOLDER]   fails if it is not as recorded for the version in
#                           dkms.conf, or if a version lacks what the one
#                           before it had although the major number, or before
#                           1.0 the minor one, is the same
set -eu
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/../common.sh"

what=${1:-}
dir=${2:-$TOP}
version=$("$TOP/scripts/build/version.sh" "$dir") || exit 1
series=${version%.*}
record=$dir/docs/api/$series.txt

# The headers without comments, includes or bodies of inline functions, one
# declaration to a line; a structure's member with the number of its place.
declarations() {
	perl -0777 -ne '
		s,/\*.*?\*/|//[^\n]*, ,gs;
		s/\\\n/ /g;
		print "#define $1" =~ s/\s+/ /gr =~ s/\s*$/\n/r
			while s/^[ \t]*#[ \t]*define[ \t]+(\w+\S*[ \t]+\S.*)$//m;
		s/^[ \t]*#.*$//mg;
		s/\s+/ /g;
		s/\)\s*(\{(?:[^{}]++|(?1))*\})/);/g;
		while (s/\b(struct|union|enum) (\w+) \{(.*?)\};//) {
			my ($type, $name, $members, $place) = ($1, $2, $3, 0);
			for (split $type eq "enum" ? "," : ";", $members) {
				s/^ +| +$//g;
				print "$type $name, ", ++$place, ": $_\n" if /\S/;
			}
		}
		for (split ";") {
			s/^ +| +$//g;
			print "$_\n" if /\(/;
		}' "$1"
}

# Not those of the kernel's own mdev.ko, which are what that kernel says.
exports() {
	grep -hoE 'EXPORT_SYMBOL(_GPL)?\([a-z0-9_]+\)' \
		"$1"/src/mdev/stable_api.c "$1"/src/vfio_mdev/*.c |
		sed -E 's/EXPORT_SYMBOL(_GPL)?\((.*)\)/exported: \2\1/; s/_GPL$/ (GPL)/'
}

list() {
	local header

	exports "$1"
	for header in "$1"/include/linux/*.h; do
		declarations "$header" | sed "s,^,<linux/$(basename "$header")> ,"
	done
}

# lost OLD NEW: what the newer one lacks
lost() { comm -23 <(sort "$1") <(sort "$2"); }

case $what in
list)
	list "$dir" | sort ;;
record)
	if [ -e "$record" ] && grep -qE "^## $series\.[0-9]+ \([0-9]" "$dir/NEWS.md" &&
	   ! list "$dir" | sort | cmp -s - "$record"; then
		die "the API of $series is released (NEWS.md says when) and can't change: give dkms.conf a version with a higher MINOR, or MAJOR if something is gone"
	fi
	mkdir -p "$dir/docs/api"
	list "$dir" | sort >"$record"
	echo "${record#"$dir"/}" ;;
check)
	now=$(mktemp)
	trap 'rm -f "$now"' EXIT
	list "$dir" | sort >"$now"
	failed=0
	[ -e "$record" ] ||
		die "there is no docs/api/$series.txt: scripts/dev/api.sh record writes it"
	if diff -U0 "$record" "$now" | grep '^[-+][^-+]'; then
		say "api.sh: the drivers' API is not that of $series any more, see above: before a release of $series, scripts/dev/api.sh record; after it, a new version in dkms.conf first"
		failed=1
	fi
	before=
	for after in $(cd "$dir/docs/api" && printf '%s\n' *.txt | sed 's/\.txt$//' | sort -V); do
		# the same major number promises all that was there; 0 promises nothing
		if [ "${before%%.*}" = "${after%%.*}" ] && [ "${after%%.*}" != 0 ] &&
		   [ -n "$(lost "$dir/docs/api/$before.txt" "$dir/docs/api/$after.txt")" ]; then
			lost "$dir/docs/api/$before.txt" "$dir/docs/api/$after.txt" | sed 's/^/-/'
			say "api.sh: $after lacks what $before had, see above, so its MAJOR number must be another"
			failed=1
		fi
		before=$after
	done
	exit $failed ;;
*)	die "usage: api.sh list | record | check [FOLDER]" ;;
esac
