# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Each target of "make help" that makes something, on a bare machine: it installs what
# it lacks, or says what is missing.
# shellcheck source=tests/lib/install.sh
. "$TOP/tests/lib/install.sh"

step "What needs nothing"
ok "help" makes help
ok "clean" makes clean
ok "dist" makes dist
ok "there is a tarball" test -s "$build/dist/mdev-dkms-$version.tar.gz"

step "Without headers"
fails "the modules can't be built" makes modules
contains "it says what to install" "$err" 'install the package linux-headers-'

step "Packages"
ok "deb" makes deb
ok "there is one" test -s "$build/deb/$deb"
# shellcheck disable=SC2016 # for dpkg-query
is "nothing to test it with was installed" "$(there "dpkg-query -W -f '\${db:Status-Status} \${Package}\n' \
	lintian rpm rpmlint mmdebstrap" 2>/dev/null | grep '^installed')" ""
ok "rpm" makes rpm
ok "there is one" test -s "$build/rpm/mdev-dkms-$version-1.noarch.rpm"
ok "repo" makes repo
ok "it has the one" test -s "$build/repo/apt/dists/stable/InRelease"
ok "and the other" test -s "$build/repo/dnf/repodata/repomd.xml.asc"

step "From the source"
ok "install" makes install
ok "the source is where dkms looks" there "test -e /usr/src/mdev-$version/dkms.conf"
ok "uninstall" makes uninstall
fails "it is gone" there "test -e /usr/src/mdev-$version"

step "Modules and lint"
ok "headers are installed" there "apt-get install -q linux-headers-amd64"
kver=$(there "ls /usr/src | sed -n 's/^linux-headers-\(.*-amd64\)$/\1/p'")
ok "modules" makes modules KVER="$kver"
ok "kmod" makes kmod KVER="$kver"
ok "there is one" test -s "$build/kmod/kmod-mdev-$kver-$version-1.x86_64.rpm"
ok "lint" makes lint

step "All that was built is taken away"
ok "distclean" makes distclean
is "nothing is left" "$(there "cd $checkout && git status --ignored --short")" ""
