# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# mtty's UART without a card, a guest or a kernel: compiled for user space, with
# the compiler's checks of memory and of undefined behaviour. The rules of the
# PC16550D's data sheet, as the case vfio-uart runs them on a card, random programs
# and images, and a comparison with a second model of the chip.
# shellcheck source=tests/lib/tap.sh
. "$TOP/tests/lib/tap.sh"

step "Compile it"
ok "the UART and its tests" gcc -g -O1 -Wall -Wextra -Werror \
	-fsanitize=address,undefined -fno-sanitize-recover=all \
	-I "$TOP/tests/uart/kernel" -I "$TOP/sample_mtty" -I "$TOP/tests/client" \
	-o uart "$TOP/tests/uart/main.c" "$TOP/tests/uart/model.c" "$TOP/tests/client/rules.c" "$TOP/tests/client/tap.c" \
	"$TOP/sample_mtty/mtty_uart.c"

step "Run it"
shows '^1\.\.[0-9]+$' "all rules, 20000 random programs and as many images" ./uart 20000 1
