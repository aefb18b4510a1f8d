/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

/* The machine's addresses, at most three, as a test wants them: the linker puts this between the
 * program and the kernel's list (--wrap). */
extern const char *const *own_addresses;
