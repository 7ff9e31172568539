# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# The kernel's own API: its own sample drivers (a serial card and two kinds of
# displays), built as they are, work on our core. On a kernel with an mdev.ko
# of its own all is done again on that one, so nothing is expected of ours that
# it does not do. (Unless the samples are those of 5.10 to 5.13: what they use is
# offered on our core, with our rules.)
# guest: samples="mtty mdpy mbochs" timeout=600
# shellcheck source=tests/lib/samples.sh
. /lib/tests/samples.sh
needs_little_endian

load_ours
# Up to 5.13 the samples bring no driver for their devices: the bridge is it, and the
# stable API's rules hold.
api=stable
if grep -q mdev_register_driver $drivers/mtty.ko; then
	api=kernel
fi
diag "the API of this kernel's samples: $api"
step "Beside drivers of the stable API"
beside_ours

try_mtty "our core"
try_mdpy "our core"
try_mbochs "our core"

unload_ours_too || exit 0

if ! is_kernel_api; then
	skip "the same on the kernel's own core" "its samples leave their devices to vfio_mdev, where ours has other rules"
	exit
fi
theirs=$(find /lib/modules/*/kernel -name 'mdev.ko*')
if [ -z "$theirs" ]; then
	skip "the same on the kernel's own core" "this kernel has none"
	exit
fi
ok "the kernel's own core" insmod "$theirs"
fails "it is not ours" is_ours
try_mtty "the kernel's own core"
try_mdpy "the kernel's own core"
try_mbochs "the kernel's own core"
ok "it goes" rmmod mdev
