# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# What the demo's guest does; narrate.sh says it aloud.
# shellcheck source=tests/lib/walkthrough.sh
. /lib/tests/walkthrough.sh
