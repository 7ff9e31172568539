# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Packages built twice, in other circumstances, are the same, byte for byte. Made
# with this machine's tools, once.
# suites: bookworm
# shellcheck source=tests/lib/packages.sh
. "$TOP/tests/lib/packages.sh"

mkdir checkout another
git -C "$TOP" ls-files -z | tar -C "$TOP" -c --null --files-from - | tar -x -C checkout
git -C checkout init -q && git -C checkout add -A
git -C checkout -c user.name=nobody -c user.email=nobody@localhost commit -qm all
cp -a checkout one
# as of another day, and older than the last entries of all changelogs
cp -a checkout another/and-longer
find another/and-longer -exec touch -h -d 2001-02-03 {} +

# build FOLDER COMMAND…: both packages from that checkout, as of its commit
build() {
	local dir=$work/$1 package
	shift

	for package in deb rpm; do
		(cd "$dir" && env BUILD="$dir/build" "$@" "$dir/scripts/package/$package.sh") || return 1
	done
}
ok "they are built" build one env TZ=UTC LC_ALL=C
ok "in another folder, time zone, language, with another umask and home, a second later" \
	build another/and-longer env TZ=Pacific/Kiritimati LANG=de_DE.UTF-8 HOME=/nonexistent USER=nobody \
	bash -c 'umask 077; sleep 1.1; exec "$@"' build
for file in one/build/deb/*.{deb,dsc,tar.*} one/build/rpm/*.rpm; do
	ok "$(basename "$file") has the same bytes" cmp "$file" "another/and-longer/${file#one/}"
done
