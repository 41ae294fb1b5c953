/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/base/unread.h"

#include <stdlib.h>

void dsfit_entries_free(struct dsfit_entry *names, size_t count)
{
	for (size_t i = 0; names && i < count; i++)
		free(names[i].aliases);
	free(names);
}

bool dsfit_unread_need(const struct dsfit_unread *unread, size_t i)
{
	if (!unread || !unread->pending[i])
		return true;
	/* It may want others, which may want it. */
	unread->pending[i] = false;
	return unread->read(unread->context, i);
}
