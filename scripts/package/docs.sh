#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# docs.sh FOLDER: put into it what a package has of the documentation. A link to a
# file that only a checkout has becomes its text.
set -eu
cd "$(dirname "$0")/../.."

folder=$1
mkdir -p "$folder"
cp -r README.md NEWS.md docs "$folder"

# links FILE: where its links lead, but those into the web
links() { grep -o '\](\([^)]*\))' "$1" | sed 's/^](//; s/)$//' | grep -v : | sort -u; }

find "$folder" -name '*.md' | while IFS= read -r file; do
	for link in $(links "$file"); do
		[ ! -e "${file%/*}/${link%%#*}" ] || continue
		plain=$(printf '%s\n' "$link" | sed 's/[][\.*^$/]/\\&/g')
		sed -i "s/\[\([^]]*\)\]($plain)/\1/g" "$file"
	done
done
