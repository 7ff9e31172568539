#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# repo.sh [PACKAGE…]: put Debian and RPM packages into signed repositories, which
# any web server can serve as plain files; by default those that "make deb" and
# "make rpm" build. Called again, it adds newer ones; address and key stay those
# that the users of the repositories have. Prints what a user types.
#
#   REPO          the directory (default: $BUILD/repo)
#   URL           where it will be found (default: that of before, or at first
#                 http://localhost:8000)
#   MDEV_REPO_KEY the key of gpg's that signs, by its id or address (default: that
#                 of before, or at first one for trying out, made in $BUILD/repo-key)
#
# In the directory: apt/ and dnf/, the key as mdev-dkms.asc, and the files that tell
# apt and dnf of all that, mdev-dkms.sources and mdev-dkms.repo.
set -u
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/../common.sh"
umask 022

repo=${REPO:-$BUILD/repo}
key=${MDEV_REPO_KEY:-}
log=$BUILD/repo.log
trial=$BUILD/repo-key

failed() {
	tail -n 15 "$log" >&2
	die "$1; the last lines are above, all of them in $log"
}

for package; do
	[[ -e $package && $package = *.@(deb|rpm) ]] || die "'$package' is not an existing .deb or .rpm file"
done
# what the users of this directory have, if it has been one before
former_url=$(sed -n 's,^URIs: \(.*\)/apt$,\1,p' "$repo/mdev-dkms.sources" 2>/dev/null)
former_key=$(sed -n 's/^SignWith: //p' "$repo/apt/conf/distributions" 2>/dev/null)
url=${URL:-${former_url:-http://localhost:8000}}
url=${url%/}
case $url in
http://*|https://*|file:///*) ;;
*) die "URL='$url' is not an address that begins with https://, http:// or file:///" ;;
esac
[ "$url" = "${former_url:-$url}" ] ||
	die "the repository in $repo is for $former_url, where its users look for it, and not for URL=$url: leave out URL=, or remove $repo to begin a new one"

hold repo "make repo"
sets=(repo)
if [ $# = 0 ]; then
	[ -e "$TOP/debian" ] || die "debian/ is not here, as a tarball of make dist does not have it: make repo in a checkout"
	sets+=(deb rpm)
	hold deb "make repo"
	hold rpm "make repo"
fi
"$TOP/scripts/dev/install-deps.sh" "${sets[@]}" || exit 1
: >"$log"

# fingerprint_of KEY: of one whose secret part gpg has
fingerprint_of() { gpg --with-colons --list-secret-keys "$1" 2>>"$log" | awk -F: '$1 == "fpr" { print $10; exit }'; }

if [ -n "$key" ]; then
	fingerprint=$(fingerprint_of "$key")
	[ -n "$fingerprint" ] || failed "gpg has no secret key $key"
	[ "$fingerprint" = "${former_key:-$fingerprint}" ] ||
		die "the repository in $repo is signed by the key $former_key, which its users trust, and not by MDEV_REPO_KEY=$key: leave that out, or remove $repo to begin a new one"
elif [ -n "$former_key" ]; then
	fingerprint=
	if [ -d "$trial" ] && [ -n "$(GNUPGHOME=$trial log=/dev/null fingerprint_of "$former_key")" ]; then
		export GNUPGHOME=$trial
		fingerprint=$former_key
	else
		fingerprint=$(fingerprint_of "$former_key")
	fi
	[ -n "$fingerprint" ] ||
		die "the repository in $repo is signed by the key $former_key, whose secret part gpg does not have here: import it, or remove $repo to begin a new one"
else
	key=repository@example.org
	export GNUPGHOME=$trial
	mkdir -p "$GNUPGHOME"
	chmod 700 "$GNUPGHOME"
	[ -n "$(fingerprint_of "$key")" ] ||
		gpg --batch --passphrase '' --quick-generate-key "mdev-dkms, for trying out <$key>" rsa3072 sign never 2>>"$log" ||
		failed "gpg could not make a key"
	fingerprint=$(fingerprint_of "$key")
	[ -n "$fingerprint" ] || failed "gpg does not have the key that it has just made"
fi
[ "${GNUPGHOME:-}" != "$trial" ] ||
	say "signed with a key for trying out, in $GNUPGHOME; for a real one remove $repo, and name the key with MDEV_REPO_KEY="

if [ $# = 0 ]; then
	deb=$("$TOP/scripts/package/deb.sh") && rpm=$("$TOP/scripts/package/rpm.sh") || exit 1
	set -- "$deb" "$rpm"
fi

# digest RPM: of what is signed, without the signature
digest() { rpm -qp --nosignature --qf '%{SIGMD5}' "$1" 2>>"$log"; }

# A version's bytes never change: its users would have other checksums.
for package; do
	name=$(basename "$package")
	case $package in
	*.deb)
		# shellcheck disable=SC2016 # for dpkg-deb; a version's epoch is in no name
		name=$(dpkg-deb -W --showformat='${Package}_${Version}_${Architecture}.deb' "$package" 2>>"$log" | sed 's/_[0-9]*:/_/')
		[ -n "$name" ] || failed "$package is not a Debian package"
		had=$(find "$repo/apt/pool" -name "$name" 2>/dev/null)
		[ -z "$had" ] || cmp -s "$had" "$package" ;;
	*.rpm)
		new=$(digest "$package")
		[ -n "$new" ] || failed "$package is not an RPM package"
		[ ! -e "$repo/dnf/$name" ] || [ "$(digest "$repo/dnf/$name")" = "$new" ] ;;
	esac ||
		die "the repository in $repo has another $name already: raise the version (docs/releasing.md), or remove $repo to begin a new one"
done

mkdir -p "$repo/apt/conf" "$repo/dnf" || die "the directory $repo can't be written to"
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
		name=$(basename "$package")
		[ ! -e "$repo/dnf/$name" ] || continue
		# there under its name only when it is signed
		signed=$BUILD/repo.rpm
		if ! cp "$package" "$signed" ||
		   ! rpmsign --define "_gpg_name $fingerprint" --define "__gpg $(command -v gpg)" --addsign "$signed" >>"$log" 2>&1 ||
		   ! mv "$signed" "$repo/dnf/$name"; then
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

    mkdir -p /etc/apt/keyrings
    wget -O /etc/apt/keyrings/mdev-dkms.asc $url/mdev-dkms.asc
    wget -O /etc/apt/sources.list.d/mdev-dkms.sources $url/mdev-dkms.sources
    apt update && apt install mdev-dkms

and those of Fedora and others with dnf

    wget -O /etc/yum.repos.d/mdev-dkms.repo $url/mdev-dkms.repo
    dnf install mdev-dkms
END
