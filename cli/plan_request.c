/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/plan_request.h"

#include <stdio.h>

#include "plugin/request_write.h"

void plan_request(const struct dsfit_alternative *row, char text[PLAN_REQUEST_MAX])
{
	char request[1024];

	snprintf(text, PLAN_REQUEST_MAX, "%s%s",
		 dsfit_request_text(&row->request, request, sizeof(request)),
		 row->preemptible ? " --requeue" : "");
}
