# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Drivers that were not written for us: the sample drivers of Linux 5.10, which
# knew struct mdev_parent_ops, work with our headers and modules on this kernel.
# Not a letter of their source is changed.
# guest: samples="mtty mdpy mbochs" samples_of=5.10 timeout=600
# guest: files=tests/kernels/samples-5.10/compat.h
# shellcheck source=tests/lib/samples.sh
. /lib/tests/samples.sh
needs_little_endian

# shellcheck disable=SC2034 # for samples.sh
api=stable

step "Their source"
for name in mtty mdpy mbochs; do
	shows "" "$name uses the stable API" grep -w mdev_register_device $drivers/$name.c
done
ok "it is that of Debian's linux-source-5.10" "cd $drivers && sha256sum -c sums"
diag "what is put in front of it, for other changes of the kernel:"
run "grep -E '^(#define|MODULE)' /case/compat.h"
gives "" "none of it concerns mdev or VFIO" "awk 'tolower(\$0) ~ /mdev|vfio/' /case/compat.h"

load_ours
step "Beside our own driver"
beside_ours

try_mtty "our core"
try_mdpy "our core"
try_mbochs "our core"

unload_ours_too || exit 0
