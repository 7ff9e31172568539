# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# A build does what is needed, once.
# long: a minute; what it looks at changes rarely.
# shellcheck source=tests/lib/headers.sh
. "$TOP/tests/lib/headers.sh"

copy_headers plain
compiled() { echo "$out" | grep -cE '^ +(PROBE|CC|LD) '; }

step "From nothing"
ok "the modules build" build_for plain $no_debug
is "without a warning" "$(echo "$out$err" | grep -i warning)" ""
is "nothing is said to be missing" "$(grep -E "$sentence_configfs|$sentence_backend" <<<"$out")" ""
for module in src/mdev/mdev src/vfio_mdev/vfio_mdev src/mdev_sim/mdev_sim sample_mtty/mtty; do
	ok "$module.ko is there" test -s "$work/plain/build/$KVER/$module.ko"
done

step "Again"
ok "the modules build" build_for plain $no_debug
is "and nothing was compiled" "$(compiled)" 0

step "Another configuration of the kernel"
sleep 1
# shellcheck disable=SC2016 # for sed
edit "$copy/include/generated/autoconf.h" '$a #define CONFIG_TESTS_OWN 1'
ok "what the kernel has is found out" make_for plain probe
contains "the probes ran again" "$out" '^ +PROBE +must_compile'

step "The modules"
for module in src/mdev/mdev src/vfio_mdev/vfio_mdev src/mdev_sim/mdev_sim sample_mtty/mtty; do
	gives GPL "$module.ko says its licence" modinfo -F license "$work/plain/build/$KVER/$module.ko"
	shows "^$KVER " "and is for this kernel" modinfo -F vermagic "$work/plain/build/$KVER/$module.ko"
done
