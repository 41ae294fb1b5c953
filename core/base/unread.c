/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/base/unread.h"

bool dsfit_unread_need(const struct dsfit_unread *unread, size_t i)
{
	if (!unread || !unread->pending[i])
		return true;
	/* It may want others, which may want it. */
	unread->pending[i] = false;
	return unread->read(unread->context, i);
}
