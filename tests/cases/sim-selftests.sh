# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# The kernel's own VFIO selftests, those of Linux 7.3 whatever the kernel is, in every
# mode of an IOMMU that it has, on devices of mdev_sim. They find a PCI device in
# sysfs by its address: a folder that is mounted there leads them to ours. What else
# they are told is in tests/kernels/vfio-selftests/mdev.c.
# long: fetches 150 MB of source
# guest: memory=512M timeout=900 selftests=vfio
# shellcheck source=tests/lib/sim.sh
. /lib/tests/sim.sh

pci=/sys/bus/pci/devices
modes="vfio_type1_iommu vfio_type1v2_iommu iommufd_compat_type1 iommufd_compat_type1v2 iommufd"

# lay N ADDRESS: what the selftests look for there
lay() {
	ok "it is $2" "(mkdir $pci/$2 && cd $pci/$2 && echo 0x10de >vendor && echo 0x1eb8 >device &&
		ln -s $mdevs/$uuid$1 mdev && ln -s mdev/vfio-dev vfio-dev &&
		ln -s \$(readlink -f mdev/iommu_group) iommu_group)"
}

# expect TEST: sets want to what comes of it, and why if that is not "ok"
expect() {
	want=ok why=
	case $1 in
	*iommufd*)
		if [ ! -c /dev/iommu ]; then
			want="not ok" why="this kernel has no /dev/iommu"
			return
		fi ;;
	esac
	case $1 in
	vfio_dma_map_limit_test.vfio_type1*)
		# those of 6.12 and before; that of 7.3 can
		case $(uname -r) in
		[56].*) want="not ok" why="the vfio_iommu_type1 of this kernel can't unmap the last page of all addresses" ;;
		esac ;;
	*_hugetlb_2mb.*)
		[ -e /proc/sys/vm/nr_hugepages ] || want=skipped why="this kernel has no huge pages" ;;
	*_hugetlb_1gb.*)
		want=skipped why="the guest has no room for a page of 1 GiB" ;;
	vfio_dma_mapping_mmio_test.iommufd*)
		want="not ok" why="iommufd takes any memory, and looks at it when a device without an IOMMU uses it" ;;
	esac
}

# judge TEST RESULT
judge() {
	expect "$1"
	if [ "$2" != "$want" ]; then
		fail "$1"
		diag "  expected: $want${why:+, as $why}; got: $2"
	elif [ "$want" = ok ]; then
		pass "$1"
	else
		skip "$1" "$why"
	fi
}

# selftest PROGRAM ADDRESS…: each of its tests is one of ours
selftest() {
	selftest_program=/selftests/$1
	shift
	run "$selftest_program" "$@"
	# shellcheck disable=SC2154 # out: run sets it
	echo "$out" | sed -nE 's/^(not ok|ok) [0-9]+ ([^ ]+)$/\2 \1/p; s/^ok [0-9]+ ([^ ]+) # SKIP .*/\1 skipped/p' >results
	while read -r test result; do
		judge "$test" "$result"
	done <results
	is "all have run" "$(wc -l <results)" "$(echo "$out" | sed -n 's/^1\.\.\([1-9].*\)/\1/p')"
}

load_sim
run modprobe -q iommufd
# The library maps BARs as a whole, also if VFIO says that a part can't be mapped. So
# the MSI-X table has one of its own.
card gpu0 driver=sim
type gpu0 all vendor=0x10de device=0x1eb8 'bar0=1M mem32' 'bar1=256 io' 'bar2=16M mem64 prefetch' \
	'bar4=4K mem32' msix_bar=4 msi=32 msix=128 max_instances=4
plug gpu0
ok "a folder in the place of that of PCI devices" mount -t tmpfs tmpfs $pci
addresses=
for n in 1 2 3 4; do
	create gpu0 sim-all $n
	lay $n 00ff:00:0$n.0
	addresses="$addresses 00ff:00:0$n.0"
done
[ ! -e /proc/sys/vm/nr_hugepages ] || ok "two huge pages" "echo 2 > /proc/sys/vm/nr_hugepages"

for mode in $modes; do
	step "A device, with $mode"
	case $mode in
	iommufd*) [ -c /dev/iommu ] || { skip "vfio_pci_device_test" "this kernel has no /dev/iommu"; continue; } ;;
	esac
	export VFIO_SELFTESTS_IOMMU_MODE="$mode"
	selftest vfio_pci_device_test 00ff:00:01.0
done
unset VFIO_SELFTESTS_IOMMU_MODE

step "All modes"
selftest vfio_dma_mapping_test 00ff:00:01.0
selftest vfio_dma_mapping_mmio_test 00ff:00:01.0
# shellcheck disable=SC2086 # several
selftest vfio_pci_device_init_perf_test $addresses
if [ -d /dev/vfio/devices ]; then
	selftest vfio_iommufd_setup_test 00ff:00:01.0
else
	skip vfio_iommufd_setup_test "this kernel's VFIO makes no character devices"
fi

drop gpu0
ok "unload" rmmod mdev_sim
