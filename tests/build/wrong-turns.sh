# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What people get wrong, or their machine lacks: each is one sentence that says
# what to do, before anything is done.
# shellcheck source=tests/lib/tap.sh
. "$TOP/tests/lib/tap.sh"
# shellcheck disable=SC2154 # out, err and status: run sets them

export BUILD=$PWD/build
# what the run that this is a part of was told
unset CASES KERNELS SUITES KERNEL_TREE MDEV_KERNEL_ROOT DEB DKMS_TREES REPO URL MDEV_REPO_KEY
mkdir -p "$BUILD" bin

# sentence DESCRIPTION REGEX COMMAND…: it fails with this as its last message
# but make's own
sentence() {
	local title=$1 regex=$2 last
	shift 2

	run "$@"
	last=$(printf '%s\n' "$err" | grep -v '^make' | tail -n 1)
	if [ "$status" != 0 ] && printf '%s\n' "$last" | grep -qE -- "$regex"; then
		pass "$title"
	else
		fail "$title"
		diag "  expected: an error, and last \"$regex\"; got: status $status, \"$last\""
	fi
}

# only DESCRIPTION: nothing was fetched, installed or built
only() { is "$1" "$(find "$BUILD" -type f ! -name '*.lock')" ""; }

step "Arguments"
cd "$TOP" || exit 1
sentence "a release that there is not" "no 'bogus'; there are: .*bookworm" make check-packages SUITES=bogus
sentence "for whole systems" "no 'bogus'; there are: .*bookworm" make check-system SUITES="bookworm bogus"
sentence "a kernel" "no '5.9'; there are: .*5\.10" make check KERNELS=5.9
sentence "a kernel, for a vendor's driver" "no '6.1-rt'; there are: .*5\.10" make check-vendor KERNELS=6.1-rt
sentence "a case" "no test case 'bogus'; there are: .*create" make check CASES=bogus
sentence "a set of packages" "no set 'bogus': build, guest" scripts/dev/install-deps.sh bogus
sentence "a kernel's source" "KERNEL_TREE=/nope is no kernel's source with a kernel .*: make -C /nope bzImage modules" make check KERNEL_TREE=/nope
sentence "an unpacked kernel" "MDEV_KERNEL_ROOT=/nope has no lib/modules/.*: unpack" env MDEV_KERNEL_ROOT=/nope make check
sentence "and for the demo" "MDEV_KERNEL_ROOT=/nope has no lib/modules/.*: unpack" env MDEV_KERNEL_ROOT=/nope make demo
sentence "a package for whole systems" "there is no package DEB=/nope: name another" env DEB=/nope make check-system
sentence "a source of dkms" "DKMS_TREES names /nope, where no source of dkms is" make check-install DKMS_TREES=/nope
for target in check-system check-vendor bench bench-many; do
	sentence "a case, for $target" "CASES=\"one two\" names nothing: leave it out" make $target CASES="one two"
done
sentence "a kernel, for a container" "KVER: is not given: name the kernel with --build-arg KVER=" \
	env -u KVER sh -c "$(sed -n 's/^RUN \(: .*\)/\1/p' Containerfile)"
sentence "an address for the repositories" "URL='here' is not an address that begins with https://" make repo URL=here
mkdir "$BUILD/repo"
echo "URIs: https://example.org/apt" >"$BUILD/repo/mdev-dkms.sources"
sentence "another address than theirs" "is for https://example.org, .* not for URL=https://example.com: leave out URL=, or remove $BUILD/repo" \
	make repo URL=https://example.com
rm -r "$BUILD/repo"
only "nothing was done"

step "Folders"
mkdir -p "$BUILD/a b"
cp -r Makefile scripts "$BUILD/a b"
sentence "a blank in the checkout's path" "has a blank in it, .*: move the checkout" env -u BUILD make -C "$BUILD/a b" modules
sentence "and for a script" "has a blank in it, .*: move the checkout" env -u BUILD "$BUILD/a b/scripts/dev/demo.sh"
ok "nothing is made there" [ ! -e "$BUILD/a b/build" ]
rm -r "$BUILD/a b"
mkdir "$BUILD/tarball"
cp -r Makefile dkms.conf scripts "$BUILD/tarball"
sentence "a tarball has no debian/" "debian/ is not here, .*: make deb in a checkout" make -C "$BUILD/tarball" deb
sentence "which the repositories need, too" "debian/ is not here, .*: make repo in a checkout" make -C "$BUILD/tarball" repo
rm -r "$BUILD/tarball"
sentence "a folder that can't be written to" "/proc/here can't be written to; .*make BUILD=" env BUILD=/proc/here scripts/dev/demo.sh
sentence "and for the tests" "/proc/here can't be written to; .*make BUILD=" env BUILD=/proc/here make check

step "Another system"
# os ID NAME: from now on /etc/os-release is one of that system
os() {
	export MDEV_OS_RELEASE=$CASE_DIR/../os-release
	printf '%s\n' "ID=$1" "PRETTY_NAME='$2'" >"$MDEV_OS_RELEASE"
}
os ubuntu "Ubuntu 24.04 LTS"
sentence "is not what the tests need" "need Debian 12 or 13, or a chroot of it, .* this is Ubuntu 24\.04 LTS; .*work anywhere" make check CASES=create
sentence "nor the demo" "need Debian 12 or 13, or a chroot of it, .* this is Ubuntu 24\.04 LTS" scripts/dev/demo.sh
os fedora "Fedora Linux 41"
mkdir "$CASE_DIR/../no-apt"
ln -s "$(command -v bash)" "$(command -v dirname)" "$(command -v mkdir)" "$CASE_DIR/../no-apt"
sentence "without apt" "there is no apt here: use Debian 12 or 13, or a chroot of it" \
	env PATH="$(realpath "$CASE_DIR/../no-apt")" bash scripts/dev/install-deps.sh rpm
# headers KVER: a build for it, where nothing of it is installed
headers() { sh scripts/build/headers-check.sh "$1" "/lib/modules/$1/build" "$1" ""; }
sentence "Fedora's package of headers" "^No kernel headers for 9\.9: install the package kernel-devel-9\.9, or" headers 9.9
os opensuse-leap "openSUSE Leap 15.6"
sentence "SUSE's" "install the package kernel-default-devel, or" headers 9.9
os ubuntu "Ubuntu 24.04 LTS"
sentence "Ubuntu's" "install the package linux-headers-9\.9 \(or linux-headers-generic for Ubuntu's newest\), or" headers 9.9
os debian "Debian GNU/Linux 12 (bookworm)"
sentence "Debian's" "install the package linux-headers-9\.9 \(or linux-headers-$(dpkg --print-architecture) for Debian's newest\), or" headers 9.9
os acme "Acme Linux"
sentence "another's" "install the package that has them, or name a directory with KDIR=" headers 9.9
MDEV_OS_RELEASE=/nope
sentence "nobody's" "install the package that has them, or name a directory with KDIR=" headers 9.9
unset MDEV_OS_RELEASE
sentence "a directory that is not there" "^/typo is not a prepared kernel tree: name one with KDIR=, or, .*make modules_prepare there" make KDIR=/typo
only "nothing was done"

step "Room"
mkdir "$CASE_DIR/../full"
printf '#!/bin/sh\nprintf "%%s\\n" "Filesystem 1048576-blocks Used Available Capacity Mounted" "/dev/sda 9 4 5 44%% /"\n' >"$CASE_DIR/../full/df"
chmod +x "$CASE_DIR/../full/df"
# full COMMAND…: on a disk with 5 MB of room
full() { env PATH="$(realpath "$CASE_DIR/../full"):$PATH" "$@"; }
for target in demo=1100 check=300 bench=300 check-packages=2000 deb=50 rpm=50; do
	sentence "for ${target%=*}" "takes about ${target#*=} MB in $BUILD, and only 5 MB are free there" full make "${target%=*}"
done
sentence "for what is made once" "making a root takes about 2000 MB in .*, and only 5 MB are free there" \
	full bash -c ". scripts/common.sh; . tests/roots/root.sh; make_once $BUILD/root 'a root' '2 GB' '' false"
only "nothing was done"

step "Two at once"
# held NAME REGEX COMMAND…: while make demo has it, the command says so
held() {
	local lock=$BUILD/$1.lock title="the second says who has $1" who=$2
	shift 2

	exec 5>>"$lock"
	flock 5
	echo "make demo (process 1, since 12:00)" >"$lock"
	sentence "$title" "^$who: .*make demo \(process 1, since 12:00\) is running in this checkout" "$@"
	exec 5>&-
	rm "$lock"
}
held "$KVER" run.sh env KVER="$KVER" make check CASES=create V=1
held deb deb.sh scripts/package/deb.sh
held rpm rpm.sh scripts/package/rpm.sh
gives "" "what has it calls others" env -u MDEV_HELD bash -c '. scripts/common.sh; hold once one && exec bash -c ". scripts/common.sh; hold once two"'
fails "but not while another has it" env -u MDEV_HELD bash -c '. scripts/common.sh; hold once one; env -u MDEV_HELD bash -c ". scripts/common.sh; hold once two"'
fails "nothing was packed" ls "$BUILD/dist"

step "Packages"
cat >"$CASE_DIR/../bin/dpkg-query" <<'END'
#!/bin/sh
exit 1
END
cat >"$CASE_DIR/../bin/apt-get" <<'END'
#!/bin/sh
echo "$*" >>"$CALLS"
case $* in
*update*)
	[ -z "$OFFLINE" ] || { echo "W: Failed to fetch http://mirror/InRelease  Could not connect"; exit 0; } ;;
*--assume-no*)
	[ -z "$UNKNOWN" ] || { echo "E: Unable to locate package $UNKNOWN" >&2; exit 100; }
	echo "After this operation, ${SIZE:-1} of additional disk space will be used."
	echo "Abort." ;;
esac
END
chmod +x "$CASE_DIR"/../bin/*
PATH=$(realpath "$CASE_DIR/../bin"):$PATH
export PATH CALLS=$CASE_DIR/calls OFFLINE='' UNKNOWN='' SIZE=''
if [ "$(id -u)" = 0 ]; then
	OFFLINE=1 UNKNOWN=qemu-system-x86
	sentence "offline" "lists of packages could not be fetched: is there a network.*Could not connect.* do not have: qemu-system-x86$" \
		scripts/dev/install-deps.sh guest
	OFFLINE=
	sentence "a package that apt does not know" "apt knows no package qemu-system-x86; " scripts/dev/install-deps.sh guest
	UNKNOWN='' SIZE="99,999,123 MB"
	sentence "a full disk" "takes about 99999123 MB in /usr, and only [0-9]+ MB are free" scripts/dev/install-deps.sh guest
	is "nothing was installed" "$(grep -v -e update -e --assume-no "$CALLS")" ""
else
	skip "offline, and a full disk" "packages are installed as root, and this is not root"
fi
: >"$CALLS"
if [ "$(id -u)" = 0 ]; then
	run scripts/dev/install-deps.sh deb
	fails "making the Debian package takes none to test it with" grep -E "lintian|rpm|mmdebstrap" "$CALLS"
	ok "but a compiler" grep -q build-essential "$CALLS"
fi
