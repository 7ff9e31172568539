# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Words for the cases in tests/packages/. Each case has a root of the Debian
# release $SUITE, in which dkms, a kernel and its headers are installed; it is
# the case's own, and goes with it. No kernel runs there.

# shellcheck source=tests/lib/tap.sh
. "$TOP/tests/lib/tap.sh"

work=$PWD
mkdir -p "$work"/{upper/etc/apt/apt.conf.d,overlay,root} || exit 1
# the answer to "Do you want to continue?"
echo 'APT::Get::Assume-Yes "true";' >upper/etc/apt/apt.conf.d/yes

# in_suite COMMAND…: there, in a process tree of its own that ends with it. What
# it writes stays until the case's end; the root below is shared and not
# touched. /sys is an empty folder, in which a case can pretend. The lines of the file
# "binds" are folders, and where they are there. Where the case
# has written a size into the file "small", dkms's folder has that much room. Where there
# is a file "pivot", ordinary users can make namespaces, which a chroot forbids.
# With CCACHE, what a case compiles is compiled once: Debian's headers know ccache,
# which asks for the same compiler, source, headers and options.
in_suite() {
	# shellcheck disable=SC2016 # for the shell inside
	unshare --mount --pid --fork --kill-child bash -c '
		base=$1 work=$2 ccache=$3
		shift 3
		mount -t overlay overlay "$work/root" \
			-o "lowerdir=$base,upperdir=$work/upper,workdir=$work/overlay" &&
		mount -t proc proc "$work/root/proc" &&
		mount -t devpts devpts "$work/root/dev/pts" || exit
		[ -z "$ccache" ] || {
			mkdir -p "$ccache" "$work/root/var/cache/ccache" &&
			mount --bind "$ccache" "$work/root/var/cache/ccache"
		} || exit
		[ ! -e "$work/binds" ] || while read -r from to; do
			mkdir -p "$work/root$to" && mount --bind "$from" "$work/root$to" || exit
		done <"$work/binds"
		cd "$work/root" || exit
		[ ! -e "$work/pivot" ] || { pivot_root . . && umount --lazy .; } || exit
		set -- chroot . env -i PATH="$PATH" LC_ALL=C.UTF-8 HOME=/root INITRD=No \
			${ccache:+DEBIAN_KERNEL_USE_CCACHE=yes CCACHE_DIR=/var/cache/ccache} \
			DEBIAN_FRONTEND=noninteractive sh -c "cd; exec \"\$@\"" sh "$@"
		[ -e "$work/small" ] || exec "$@"

		# what is left there by the command, stays as well
		mkdir -p "$work/room" &&
			mount -t tmpfs -o "size=$(cat "$work/small")" small "$work/room" &&
			cp -a var/lib/dkms/. "$work/room" &&
			mount --bind "$work/room" var/lib/dkms || exit
		"$@"
		status=$?
		# a sleep of dkms may still be in there
		umount --lazy var/lib/dkms &&
			find var/lib/dkms -mindepth 1 -delete &&
			cp -a "$work/room/." var/lib/dkms || exit
		exit $status
	' in_suite "$SUITE_ROOT" "$work" "${CCACHE:-}" "$@"
}

# there COMMAND-LINE: a line for the shell there, as root would type it
there() { in_suite sh -c "$1"; }

# bring FILE…: into the home there
bring() { mkdir -p upper/root && cp "$@" upper/root/; }

# runs KERNEL: from now on uname says that KERNEL is the one that runs, which is
# what dkms asks
runs() {
	local uname

	# in older releases /bin is a folder of its own
	uname=$(cd "$SUITE_ROOT" && find usr/bin/uname bin/uname -type f 2>/dev/null | head -n 1)
	mkdir -p "upper/$(dirname "$uname")"
	printf '#!/bin/sh\ncase "$*" in -r) echo %s ;; *) exec /%s.real "$@" ;; esac\n' \
		"$1" "$uname" >"upper/$uname"
	cp "$SUITE_ROOT/$uname" "upper/$uname.real"
	chmod +x "upper/$uname"
}

# said: all that the last command printed; apt makes one of what dpkg says
said() { printf '%s\n' "$out" "$err" | tr -d '\r'; }

# kernels: those installed there, the newest last
kernels() { there 'ls -v /lib/modules'; }

# readme REGEX: the commands of the README's section "Install" that match
readme() {
	sed -n '/^## Install/,/^## Use/s/^    //p' "$TOP/README.md" | grep -E -e "$1"
}

# loads_from FOLDER WHOSE KERNEL [VERSION]: our modules are there, of that version, and
# modprobe would take them
loads_from() {
	local module number=${4:-$version}

	for module in mdev vfio_mdev mtty mdev_sim; do
		gives "$number" "$module.ko of $number is what $3 would load" \
			there "modinfo -k $3 -F version $module"
		shows "/$1/$module.ko" "and it is $2" \
			there "modprobe -S $3 --show-depends $module"
	done
}

# built_for KERNEL [VERSION], and former_for: what an upgrade has kept
built_for() { loads_from updates/dkms "that of dkms" "$@"; }
former_for() { loads_from updates/mdev-dkms-former "the former one" "$@"; }

# rpm_knows PROVIDES…: the database of rpm, which is empty there, has these names of
# what Debian's own packages have there
rpm_knows() {
	{
		printf '%s\n' 'Name: debian' 'Version: 1' 'Release: 1' 'Summary: What is there' 'License: none' 'BuildArch: noarch'
		printf 'Provides: %s\n' "$@"
		printf '%s\n' '%description' 'Debian.' '%files'
	} >debian.spec
	ok "rpm is told of $*" rpmbuild -bb debian.spec \
		--define "_topdir $work/rpm" --define "_rpmdir $work" --define '_rpmfilename debian.rpm'
	bring debian.rpm
	ok "it believes it" there 'rpm -i debian.rpm && echo assumeyes=True >>/etc/dnf/dnf.conf'
}

# no_former: for no kernel
no_former() { is "no former module is left" "$(there 'find /lib/modules -name "*former*"')" ""; }

# documentation FOLDER: it is there, and complete in itself
documentation() {
	for page in README.md NEWS.md docs/api.md; do
		ok "there is $page" there "test -s $1/$page"
	done
	# shellcheck disable=SC2016 # for the shell there
	is "each of its links leads to a file" "$(there "cd $1"' && find . -name "*.md" | while read -r page; do
		grep -o "\](\([^)]*\))" $page | sed "s/^](//; s/)$//; s/#.*//" | grep -v : |
			while read -r link; do [ -e "${page%/*}/$link" ] || echo "$page: $link"; done
	done')" ""
}

# own_mdev KERNEL: what modprobe would load for mdev before ours came, or nothing
own_mdev() { there "modprobe -S $1 --show-depends mdev 2>/dev/null"; }

# copies_in IMAGE KERNEL: our modules, or the kernel's own ones of these names, that
# an initramfs holds
copies_in() {
	there "\$(command -v lsinitramfs lsinitrd | head -n 1) $1" |
		sed -n "s,.*/modules/$2/\(.*/\(vfio_mdev\|mdev\|mtty\|mdev_sim\)\)\.ko.*,\1,p" |
		sort | paste -sd ' '
}

# dracut_takes MODULE: into each initramfs, from when it is installed on, and little
# more, not compressed, which takes less time
dracut_takes() {
	ok "dracut is to take $1" there "mkdir -p /etc/dracut.conf.d && printf '%s\n' hostonly=no compress=cat 'dracutmodules=\"base kernel-modules\"' 'drivers=\"$1\"' >/etc/dracut.conf.d/case.conf"
}

# rpm_root: a root with rpm, dnf and an initramfs by dracut that holds the kernel's own
# mdev. Sets kernel, own and image.
rpm_root() {
	step "A root with rpm and dnf"
	kernel=$(kernels)
	image=/boot/initramfs-$kernel.img
	runs "$kernel"
	own=$(own_mdev "$kernel")
	dracut_takes mdev
	ok "apt installs them" there 'apt-get -q -y install rpm dnf dracut'
	rpm_knows dkms /bin/sh
	bring "$PACKAGES"/mdev-dkms-*.noarch.rpm
	ok "an initramfs is made" there "rm -f /boot/initrd.img-*; dracut --force $image $kernel"
}

# rpm_files: what there is of ours, or of the kernel's own
rpm_files() { there 'find / -xdev \( -name "*mdev*" -o -name "*mtty*" \) ! -path "/root/*" | sort'; }

# rpm_is_removed FILE: by the README's command, and all is as in FILE, by rpm_files
rpm_is_removed() {
	step "Remove"
	ok "the README's command removes it" there "$(readme '^dnf remove')"
	is "the kernel's own mdev is back in place" "$(own_mdev "$kernel")" "$own"
	is "and in the initramfs" "$(copies_in "$image" "$kernel")" kernel/drivers/vfio/mdev/mdev
	rpm_files >after
	run diff "$1" after
	is "no file is left" "$out" ""
}

# dkms_state KERNEL [VERSION]: installed, built, added, or nothing
dkms_state() {
	there "dkms status -m mdev -v ${2:-$version} -k $1" | sed -n 's/.*: *\([a-z]*\).*/\1/p'
}

# put_driver: the driver of docs/api.md, which dkms can build on ours
put_driver() {
	local source=upper/usr/src/acme-note-1.0 name

	mkdir -p "$source"
	for name in note.c Makefile dkms.conf; do
		ok "the guide shows $name" "$TOP/scripts/dev/shown.sh $name $TOP/docs/api.md >$source/$name"
	done
}

# driver_state KERNEL: of that driver, as dkms_state
driver_state() { there "dkms status -m acme-note -v 1.0 -k $1" | sed -n 's/.*: *\([a-z]*\).*/\1/p'; }

# compiler_fails: from now on, at one of our files, until compiler_works
compiler_fails() {
	# by its full name, which all others are links to; there may be no plain gcc
	gcc=$(there "find /usr/bin -name '$(uname -m)-linux-gnu-gcc-[0-9]*' -type f")
	cat >upper/root/gcc <<-'end'
	#!/bin/sh
	case " $* " in *" -c "*vfio_mdev/main.c*) echo no compiler today >&2; exit 1 ;; esac
	exec /usr/bin/gcc.real "$@"
	end
	ok "there is a compiler that fails" there "mv $gcc /usr/bin/gcc.real && mv /root/gcc $gcc && chmod +x $gcc"
}
compiler_works() { ok "the compiler works again" there "mv /usr/bin/gcc.real $gcc"; }

# everything: all files there, with what those hold that our package could
# change. Left out is what apt, dpkg and dkms keep for themselves (dkms makes a
# key once, when it first builds anything).
everything() {
	there 'find / -xdev \( -path /proc -o -path /sys -o -path /tmp -o -path "/var/tmp/*" \
			-o -path /var/log -o -path /var/cache -o -path /var/lib/apt \
			-o -path /var/lib/dpkg -o -path /root -o -name "mok.*" \) -prune \
			-o -printf "%p %y %m %u %l\n" | sort
		find /lib/modules/*/ -maxdepth 1 -name "modules.*" -exec md5sum {} + | sort
		find /etc -type f -exec md5sum {} + | sort
		ls /var/lib/dpkg/info | grep mdev'
}

version=$("$TOP/scripts/build/version.sh")
# shellcheck disable=SC2034 # for the cases
deb=mdev-dkms_$version-1_all.deb
