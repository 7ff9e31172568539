#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shown.sh NAME DOCUMENT: prints the file NAME that a document shows: the block
# of code that follows a line "<!-- NAME -->".
set -eu

awk -v mark="<!-- $1 -->" '
	$0 == mark { wanted = 1; next }
	wanted && /^```/ { if (inside) exit; inside = 1; next }
	inside { print; lines++ }
	END { exit !lines }' "$2" || {
	echo "shown.sh: $2 shows no file $1" >&2
	exit 1
}
