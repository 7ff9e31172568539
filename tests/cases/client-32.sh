# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# A user-space driver of 32 bits on a kernel of 64: what it asks comes through the
# kernel's compat_ioctl(), with its own sizes of pointers and of addresses.
# guest: memory=512M timeout=600 client=32
# shellcheck source=tests/lib/sim.sh
. /lib/tests/sim.sh

if ! vfio-client 2>&1 | grep -q '^usage: vfio-client'; then
	skip "all" "this kernel runs no programs of 32 bits"
	exit 0
fi
is "the client is one" "$(head -c 5 /bin/vfio-client | tail -c 1 | od -An -tu1 | tr -d ' ')" 1

# passes COMMAND ARGUMENT…: its checks do
passes() { shows '^1\.\.[0-9]+$' "all checks of $1 pass" vfio-client "$@"; }

types=/sys/class/mdev_bus/mtty/mdev_supported_types
pages=/sys/devices/platform/mdev_pages_test/mdev_supported_types

run modprobe -q iommufd
ways=group
[ ! -c /dev/iommu ] || ways="group iommu-group"
[ ! -c /dev/iommu ] || [ ! -d /dev/vfio/devices ] || ways="$ways cdev"

step "A serial card"
load mtty
ok "there is one" "echo ${uuid}1 > $types/mtty-2/create"
ok "and another" "echo ${uuid}2 > $types/mtty-2/create"
ok "and one of another type" "echo ${uuid}3 > $types/mtty-1/create"
for way in $ways; do
	export VFIO_ACCESS="$way"
	passes regions ${uuid}1 2
	passes irqs ${uuid}1 ${uuid}2
	shows '^port 1: whole in ' "64 KiB come back by $way" vfio-client loop ${uuid}1 1 65536
done
unset VFIO_ACCESS
case $ways in *cdev*) passes iommufd ${uuid}1 ;; esac
passes uart ${uuid}1 0
passes migrate ${uuid}1 ${uuid}2 ${uuid}3 2
ok "it survives random calls" vfio-client fuzz ${uuid}1 4000 1

step "A simulated card"
load_sim
card gpu0 driver=edu
type gpu0 msix edu=1 'bar0=1M mem64' msix=4 max_instances=2
type gpu0 bars 'bar0=16 io' 'bar1=1M mem32' 'bar2=64M mem64 prefetch' 'bar4=64K mem64' msi=32 msix=128 msix_bar=4
plug gpu0
create gpu0 edu-msix 4
passes edu ${uuid}4
create gpu0 edu-bars 5
passes sim ${uuid}5 0124 32 128
ok "it survives random calls" vfio-client fuzz ${uuid}5 4000 2

step "A driver that pins memory"
load mdev_pages_test
ok "there is a device" "echo ${uuid}6 > $pages/mdev_pages_test-op/create"
PAGES_OP=1 passes pages ${uuid}6
ok "all unloads" rmmod mdev_pages_test
