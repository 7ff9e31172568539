# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The repositories of "make repo": served on the loopback address, installed from,
# upgraded from, and refused when somebody has changed them. No headers are
# there, so that nothing is built: other cases do that.
# long: a minute; nothing else uses the repositories.
# suites: bookworm trixie
# shellcheck source=tests/lib/packages.sh
. "$TOP/tests/lib/packages.sh"
# shellcheck disable=SC2154 # next_version: found below

url=http://127.0.0.1:8000
export BUILD=$work/build REPO=$work/repo URL=$url
mkdir -p "$BUILD"
next_deb=$(find "$PACKAGES" -name 'mdev-dkms_*.deb' ! -name "$deb")
next_rpm=$(find "$PACKAGES" -name 'mdev-dkms-*-1.noarch.rpm' ! -name "mdev-dkms-$version-*")
next_version=$(basename "$next_deb" | sed 's/^mdev-dkms_//; s/-1_all.deb$//')

# with_repo COMMAND-LINE: there, while the repositories are served
with_repo() {
	there "busybox httpd -f -p 127.0.0.1:8000 -h /srv/repo & server=\$!
		sleep 1; $1; status=\$?; kill \$server; exit \$status"
}

# serve: the repositories as they are now
serve() { rm -rf upper/srv/repo && mkdir -p upper/srv && cp -r "$REPO" upper/srv/repo; }

# told TOOL: what make repo tells its users to type there
told() { sed -n 's/^    //p' commands | grep -E "$1"; }

step "Make them"
fails "a package that is not there" "$TOP/scripts/package/repo.sh" nothing.deb
fails "an address that is none" env URL=here "$TOP/scripts/package/repo.sh" "$PACKAGES/$deb"
ok "of the first version" "$TOP/scripts/package/repo.sh $PACKAGES/$deb $PACKAGES/mdev-dkms-$version-1.noarch.rpm >commands"
serve

step "What would break them for their users"
ok "the package is rebuilt" "dpkg-deb -R $PACKAGES/$deb anew && echo >>anew/usr/share/doc/mdev-dkms/README.md &&
	dpkg-deb --root-owner-group -b anew $deb"
ok "gpg has another key" "mkdir -m 700 keys && gpg --homedir keys --batch --passphrase '' --quick-generate-key other@example.org rsa2048 sign never"
fails "the same version with other bytes" "$TOP/scripts/package/repo.sh" "$deb" "$next_rpm"
contains "is to be another version" "$err" "has another $deb already: raise the version"
fails "another address" env URL=https://example.org "$TOP/scripts/package/repo.sh" "$next_deb"
contains "is for another directory" "$err" "is for $url, .* not for URL=https://example.org: leave out URL=, or remove"
fails "another key" env GNUPGHOME="$work/keys" MDEV_REPO_KEY=other@example.org "$TOP/scripts/package/repo.sh" "$next_deb"
contains "is for another directory" "$err" "signed by the key [0-9A-F]+, .* not by MDEV_REPO_KEY=other@example.org: leave that out, or remove"
gives "" "nothing has changed" diff -r "$REPO" upper/srv/repo
gpgconf --homedir keys --kill gpg-agent

step "What takes them"
ok "a root with what it takes" there 'apt-get -q -y install busybox-static wget ca-certificates gpg dnf rpm'
there 'rm -f /lib/modules/*/build'

step "apt"
ok "the key and the sources" with_repo "$(told '^mkdir|^wget.*(keyrings|sources)' | paste -sd ';')"
ok "and once more" with_repo "$(told '^wget.*(keyrings|sources)' | paste -sd ';')"
gives "mdev-dkms.asc mdev-dkms.sources" "which makes no second file" there \
	'cd /etc/apt && find keyrings sources.list.d -name "mdev-dkms*" -printf "%f\n" | sort | paste -sd " "'
ok "it installs from there" with_repo "$(told '^apt')"
gives "$version-1" "the first version" there "dpkg-query -W -f '\${Version}' mdev-dkms"
contains "and knows it as signed" "$(there 'apt-cache policy mdev-dkms')" "127.0.0.1:8000/apt stable/main"

step "dnf"
rpm_knows dkms /bin/sh
there 'mkdir -p /etc/yum.repos.d'
ok "the file that tells of them" with_repo "$(told '^wget.*yum')"
ok "the deb makes room" there 'apt-get -q -y purge mdev-dkms'
ok "it installs from there" with_repo "$(told '^dnf')"
gives "$version" "the first version" there "rpm -q --qf '%{VERSION}' mdev-dkms"

step "A newer version"
ok "is added, at the same address" "env -u URL $TOP/scripts/package/repo.sh $next_deb $next_rpm"
serve
ok "dnf upgrades to it" with_repo 'dnf upgrade --refresh mdev-dkms'
gives "$next_version" "it is there" there "rpm -q --qf '%{VERSION}' mdev-dkms"
ok "it makes room" there 'dnf remove mdev-dkms'
bring "$PACKAGES/$deb"
there "apt-get -q -y install ./$deb" >/dev/null
ok "apt upgrades to it" with_repo 'apt-get -q update && apt-get -q -y install --only-upgrade mdev-dkms'
gives "$next_version-1" "it is there" there "dpkg-query -W -f '\${Version}' mdev-dkms"

step "An index that somebody has changed"
# a later date, and the signature of before
sed -i 's/^Date: .*/Date: Thu, 01 Jan 2037 00:00:00 UTC/' upper/srv/repo/apt/dists/stable/*Release
run with_repo 'apt-get -q update'
contains "apt refuses it" "$out$err" "mdev-dkms|127.0.0.1.*(not signed|invalid|BADSIG)|BADSIG"
sed -i 's/<revision>/<revision>1/' upper/srv/repo/dnf/repodata/repomd.xml
there 'dnf clean all' >/dev/null
fails "dnf refuses it" with_repo 'dnf install mdev-dkms'
contains "and says why" "$out$err" "GPG|gpg|signature"
