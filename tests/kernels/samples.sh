# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Sample drivers for mdev from a kernel's source, which is unpacked, never
# installed, and of which only the samples are kept. Sourced after common.sh and
# root.sh; KVER and MDEV_SUITE_ROOT as for kernel-samples.sh.

# in_suite COMMAND…: where the compiler of the release of KVER is
in_suite() {
	if [ -n "${MDEV_SUITE_ROOT:-}" ]; then
		in_root "$MDEV_SUITE_ROOT" "$@"
	else
		"$@"
	fi
}

# are_whole DIR: samples are there as they were unpacked. Without "complete" a
# run was cut short; its sums tell of a damaged file.
are_whole() { (cd "$1" && sha256sum --quiet --strict -c complete) >/dev/null 2>&1; }

# unpack_samples DIR COMMAND…: from the packed source that COMMAND prints
unpack_samples() {
	local dir=$1
	shift

	mkdir -p "$dir" || return 1
	"$@" | tar -xJ -C "$dir" --strip-components=3 --wildcards \
		'*/samples/vfio-mdev/*' || return 1
	(cd "$dir" && sha256sum mtty.c mdpy.c mbochs.c ./*.h Makefile >"$dir.sums") &&
		mv "$dir.sums" "$dir/complete"
}

# keep_samples PACKAGE VERSION LOG COMMAND…: sets source, the folder in the cache
# with the samples of this source package; COMMAND prints its packed source if
# they are not there
keep_samples() {
	local package=$1 version=$2 log=$3
	shift 3

	source=$CACHE/samples/${package}_$version
	mkdir -p "$CACHE/samples" || exit 1
	exec 9>"$CACHE/samples/lock"
	flock 9
	if ! are_whole "$source"; then
		rm -rf "$source" "$CACHE/samples/tmp"
		with_progress "fetching the samples of $package $version (150 MB)" \
			"$log" unpack_samples "$CACHE/samples/tmp" "$@" || {
			tail -n 5 "$log" >&2
			die "the samples of $package could not be unpacked, the last lines are above, all of them in $log; is there a network, and 300 MB of room?"
		}
		mv "$CACHE/samples/tmp" "$source" || exit 1
	fi
	exec 9>&-
}

# tarball_of DIR PACKAGE: the packed source in the .deb in DIR, on stdout
tarball_of() { dpkg-deb --fsys-tarfile "$1/$2"_*.deb | tar -xO "./usr/src/$2.tar.xz"; }

# copy_samples OUT: beside them kbuild writes, and the cache is not there in a
# root; of what was built before nothing stays, to be taken for new if it fails
copy_samples() {
	local file

	mkdir -p "$1" || return 1
	rm -f "$1"/*.ko "$1"/*.lacks
	for file in "$source"/{Makefile,*.[ch]}; do
		cmp -s "$file" "$1/${file##*/}" || cp "$file" "$1/" || return 1
	done
}

# sample_options OUT: sets options, which of them to build. Where a kernel has
# no dma-buf there is, instead of mbochs.ko, a file mbochs.lacks that says so.
sample_options() {
	options=(CONFIG_SAMPLE_VFIO_MDEV_MTTY=m CONFIG_SAMPLE_VFIO_MDEV_MDPY=m)
	if in_suite grep -qw dma_buf_export "/lib/modules/$KVER/build/Module.symvers"; then
		options+=(CONFIG_SAMPLE_VFIO_MDEV_MBOCHS=m)
	else
		echo "no dma-buf: the kernel exports no dma_buf_export()" >"$1/mbochs.lacks"
	fi
}
