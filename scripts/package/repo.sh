#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# repo.sh [PACKAGE…]: put Debian and RPM packages into signed repositories, which
# any web server can serve as plain files; by default those that "make deb" and
# "make rpm" build. Called again, it adds newer ones. Prints what a user types.
#
#   REPO          the folder (default: $BUILD/repo)
#   URL           where it will be found (default: http://localhost:8000)
#   MDEV_REPO_KEY the key of gpg's that signs, by its id or address (default: one
#                 for trying out, made in $BUILD/repo-key)
#
# In the folder: apt/ and dnf/, the key as mdev-dkms.asc, and the files that tell
# apt and dnf of all that, mdev-dkms.sources and mdev-dkms.repo.
set -u
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/../../scripts/common.sh"
umask 022

repo=${REPO:-$BUILD/repo} url=${URL:-http://localhost:8000}
key=${MDEV_REPO_KEY:-}
log=$BUILD/repo.log
: >"$log"

failed() {
	tail -n 15 "$log" >&2
	die "$1; the last lines are above, all of them in $log"
}

for package; do
	[[ -e $package && $package = *.@(deb|rpm) ]] || die "there is no package '$package', a .deb or a .rpm"
done
case $url in
http://*|https://*|file:///*) ;;
*) die "URL='$url' is no address that begins with https://" ;;
esac
mkdir -p "$repo/apt/conf" "$repo/dnf" || die "the directory $repo can't be written to"
if [ $# = 0 ]; then
	deb=$("$TOP/scripts/package/deb.sh") && rpm=$("$TOP/scripts/package/rpm.sh") || exit 1
	set -- "$deb" "$rpm"
fi

if [ -z "$key" ]; then
	key=repository@example.org
	export GNUPGHOME=$BUILD/repo-key
	mkdir -p "$GNUPGHOME"
	chmod 700 "$GNUPGHOME"
	gpg --list-secret-keys "$key" >/dev/null 2>&1 ||
		gpg --batch --passphrase '' --quick-generate-key "mdev-dkms, for trying out <$key>" rsa3072 sign never 2>>"$log" ||
		failed "gpg could not make a key"
	say "signed with a key for trying out, in $GNUPGHOME; MDEV_REPO_KEY names a real one"
fi
fingerprint=$(gpg --with-colons --list-secret-keys "$key" 2>>"$log" | awk -F: '$1 == "fpr" { print $10; exit }')
[ -n "$fingerprint" ] || failed "gpg has no secret key $key"
gpg --armor --export "$fingerprint" >"$repo/mdev-dkms.asc" || exit 1

# The package is for every architecture, and apt asks for its own.
cat >"$repo/apt/conf/distributions" <<END
Origin: mdev-dkms
Label: mdev-dkms
Codename: stable
Architectures: amd64 arm64 armhf i386 ppc64el riscv64 s390x source
Components: main
Description: Mediated devices for every kernel
SignWith: $fingerprint
END
cat >"$repo/mdev-dkms.sources" <<END
Types: deb
URIs: $url/apt
Suites: stable
Components: main
Signed-By: /etc/apt/keyrings/mdev-dkms.asc
END
cat >"$repo/mdev-dkms.repo" <<END
[mdev-dkms]
name=mdev-dkms
baseurl=$url/dnf
gpgkey=$url/mdev-dkms.asc
gpgcheck=1
repo_gpgcheck=1
END

rpms=0
for package; do
	case $package in
	*.deb)
		reprepro --silent --basedir "$repo/apt" includedeb stable "$package" >>"$log" 2>&1 ||
			failed "reprepro did not take $package" ;;
	*.rpm)
		rpms=$((rpms + 1))
		if ! cp "$package" "$repo/dnf/" ||
		   ! rpmsign --define "_gpg_name $fingerprint" --define "__gpg $(command -v gpg)" --addsign "$repo/dnf/$(basename "$package")" >>"$log" 2>&1; then
			failed "rpm could not sign $package"
		fi ;;
	esac
done
if [ $rpms -gt 0 ]; then
	createrepo_c --quiet "$repo/dnf" >>"$log" 2>&1 || failed "createrepo_c could not index $repo/dnf"
	rm -f "$repo/dnf/repodata/repomd.xml.asc"
	gpg --batch --local-user "$fingerprint" --armor --detach-sign "$repo/dnf/repodata/repomd.xml" 2>>"$log" ||
		failed "gpg could not sign the index of $repo/dnf"
fi

cat <<END
The repositories are in $repo, and expected at $url. As root, users of Debian type

    wget -P /etc/apt/keyrings $url/mdev-dkms.asc
    wget -P /etc/apt/sources.list.d $url/mdev-dkms.sources
    apt update && apt install mdev-dkms

and those of Fedora and others with dnf

    wget -P /etc/yum.repos.d $url/mdev-dkms.repo
    dnf install mdev-dkms
END
