# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Each dkms that Debian has, from 2.8 to the newest, on one machine: it installs and
# removes the package, and a driver that is built on it. DKMS_TREES names folders with
# the source of other versions of dkms, which then have to do so too.
# suites: bookworm
# shellcheck source=tests/lib/install.sh
. "$TOP/tests/lib/install.sh"

# installs_and_removes KERNEL: dkms does
installs_and_removes() {
	ok "apt installs the package" there "apt-get -q install $checkout/build/deb/$deb"
	is "dkms has it installed" "$(dkms_state "$1")" installed
	built_for "$1"
	ok "dkms installs a driver that is built on it" there "dkms install acme-note/1.0 -k $1"
	is "it is installed" "$(driver_state "$1")" installed
	ok "the driver goes" there 'dkms remove acme-note/1.0 --all'
	ok "the package goes" there 'apt-get -q purge mdev-dkms'
	is "nothing of it is left" "$(there "find /lib/modules /usr/lib/modules /var/lib/dkms /usr/src /etc \
		\( -name '*mdev*' -o -name '*mtty*' \) ! -path '*/kernel/drivers/vfio/*' ! -path '/usr/src/linux-*'")" ""
}

step "The package, and all that Debian has of dkms"
ok "a kernel and its headers" there 'apt-get -q update &&
	apt-get -q install --no-install-recommends linux-image-amd64 linux-headers-amd64'
kernel=$(kernels)
runs "$kernel"
ok "the package is built" makes deb
put_driver
# of other releases nothing but dkms
mkdir -p upper/etc/apt/{sources.list,preferences}.d
mirror=$(there 'sed -n "s/^deb \([^ ]*\) .*/\1/p" /etc/apt/sources.list | head -n 1')
printf "deb [check-valid-until=no] $mirror %s main\n" bullseye trixie trixie-backports sid \
	>upper/etc/apt/sources.list.d/dkms.list
printf '%s\n' 'Package: *' 'Pin: release n=bookworm*' 'Pin-Priority: 900' '' \
	'Package: *' 'Pin: release a=*' 'Pin-Priority: 100' >upper/etc/apt/preferences.d/dkms
ok "apt knows them" there 'apt-get -q update'
mapfile -t versions < <(there 'apt-cache madison dkms' | awk '{ print $3 }' | sort -V -u)
contains "the oldest is 2.8" "${versions[0]}" '^2\.8\.'
contains "the newest is 3.2 or later" "${versions[-1]}" '^3\.([2-9]|[1-9][0-9])\.'

for number in "${versions[@]}"; do
	step "dkms $number"
	ok "apt installs it" there "apt-get -q install --no-install-recommends --allow-downgrades dkms=$number"
	# 2.8.4 says 2.8
	shows "$(echo "$number" | cut -d . -f 1,2)" "it runs" there 'dkms --version'
	installs_and_removes "$kernel"
done

read -ra trees <<<"${DKMS_TREES:-}"
for tree in "${trees[@]}"; do
	step "dkms of $tree"
	rm -rf srv/dkms
	ok "its Makefile installs it" "cp -r $tree srv/dkms && there 'make -C /srv/dkms install-debian'"
	run there 'dkms --version'
	diag "$out"
	installs_and_removes "$kernel"
done
