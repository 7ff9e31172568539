# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# What the demo shows.
# shellcheck source=tests/lib/walkthrough.sh
. /lib/tests/walkthrough.sh
# shellcheck source=tests/lib/t4.sh
. /lib/tests/t4.sh
