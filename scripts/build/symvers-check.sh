#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A driver built for the kernel's own mdev.ko loads on ours only if our exports
# have the names and versions of the kernel's. Refuses a build where one has
# not. Only up to 5.12, where what no driver of the kernel's uses is left out, it
# says so and goes on.
# usage: symvers-check.sh OUR-MODULE.SYMVERS KERNEL-MODULE.SYMVERS
set -eu

# of a tree that is only prepared to build modules
[ -e "$2" ] || exit 0

# A kernel without symbol versions writes zeros, one without mdev nothing.
awk -v ours="$1" '
	FILENAME == ours { if ($3 ~ /(^|\/)src\/mdev\/mdev$/) version[$2] = $1; next }
	$3 == "drivers/vfio/mdev/mdev" {
		if ($2 ~ /^(mdev_register_parent|mtype_get_parent_dev)$/)
			whole = 1
		if (!($2 in version))
			bad = bad "\n  " $2 ": missing"
		else if (version[$2] != $1)
			bad = bad "\n  " $2 ": " version[$2] ", the kernel has " $1
	}
	END {
		if (!bad)
			exit 0
		print "Drivers of this kernel (kvmgt, vfio_ap, ...) that use one of these " \
			(whole ? "would" : "will") " not load on this mdev.ko:" bad > "/dev/stderr"
		exit whole
	}' "$1" "$2"
