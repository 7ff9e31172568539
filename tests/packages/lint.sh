# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Debian's own checker has nothing to say about the Debian packages.
# suites: bookworm trixie
# shellcheck source=tests/lib/packages.sh
. "$TOP/tests/lib/packages.sh"

bring "$PACKAGES"/mdev-dkms_"$version"[-.]*
ok "lintian passes the source and the binary package" \
	there "lintian --fail-on error,warning mdev-dkms_$version-1_amd64.changes"
is "without an error or a warning" "$(echo "$out" | grep '^[EW]:')" ""
is "it was told to leave out one thing" \
	"$(there "lintian --show-overrides mdev-dkms_$version-1_amd64.changes" 2>&1 | grep -c '^O:')" 1
