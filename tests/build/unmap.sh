# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# How the bridge counts VFIO's calls, without VFIO, a guest or a kernel: compiled for user
# space, with a model of VFIO and of a user who does all to bring it to its twelfth look.
# shellcheck source=tests/lib/tap.sh
. "$TOP/tests/lib/tap.sh"

step "Compile it"
ok "the count and its model" gcc -g -O1 -Wall -Wextra -Werror \
	-fsanitize=address,undefined -fno-sanitize-recover=all \
	-I "$TOP/tests/uart/kernel" -I "$TOP/src/vfio_mdev" -I "$TOP/tests/client" \
	-o unmap "$TOP/tests/unmap/main.c" "$TOP/tests/client/tap.c" "$TOP/src/vfio_mdev/unmap_count.c"

step "Run it"
for devices in 1 2 3 6 12; do
	shows '^1\.\.3$' "40000 unmaps with $devices devices" ./unmap $devices 40000 1
done
fails "calls that don't wait for those that pin let VFIO call too often" ./unmap 3 40000 1 careless
contains "the model sees it" "$out" '^not ok 1 '
