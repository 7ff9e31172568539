#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# After a build that has failed: says in one sentence which functions or variables
# the modules need and the kernel does not export, if that is why. modpost says so
# once for each module, and not what to do.
# LLVM and CROSS_COMPILE are as for the kernel's own build.
# usage: missing-symbols.sh OUT KVER KDIR
set -eu

out=$1
kver=$2
kdir=$3
case ${LLVM:-} in
'') nm=${CROSS_COMPILE:-}nm ;;
*/) nm=${LLVM}llvm-nm ;;
-*) nm=llvm-nm$LLVM ;;
*) nm=llvm-nm ;;
esac

[ -s "$kdir/Module.symvers" ] || exit 0
# Where a module was linked, modpost's step is the one that failed.
needed=$(for module in mdev vfio_mdev mdev_sim mtty; do
	object=$(find "$out"/src/*/ "$out/sample_mtty" -maxdepth 1 -name "$module.o")
	[ -z "$object" ] || "$nm" "$object"
done 2>/dev/null | awk -v symvers="$kdir/Module.symvers" '
	BEGIN {
		have["__this_module"] = 1
		while ((getline <symvers) > 0)
			have[$2] = 1
	}
	$1 == "U" { need[$2] = 1 }
	sub(/^__ksymtab_/, "", $NF) { have[$NF] = 1 }
	END {
		for (name in need)
			if (!(name in have))
				print name
	}' | sort | paste -s -d ' ')
[ -n "$needed" ] || exit 0

trimmed="Is $kdir/Module.symvers that of the kernel as it was built?"
! grep -qs '^CONFIG_TRIM_UNUSED_KSYMS=y' "$kdir/include/config/auto.conf" ||
	trimmed="It was built with CONFIG_TRIM_UNUSED_KSYMS, which leaves out what its own modules do not use: build it without, or name these in CONFIG_UNUSED_KSYMS_WHITELIST."
echo "mdev-dkms can't serve the kernel $kver: it does not export $needed, which the modules need. $trimmed" >&2
