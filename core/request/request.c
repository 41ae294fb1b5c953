/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/request/request.h"

bool dsfit_asks_nothing(const struct dsfit_request *request)
{
	return request->scope == DSFIT_GPUS_UNSET && !request->exclusive;
}
