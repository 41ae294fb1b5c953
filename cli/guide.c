/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "dsfit guide" prints the hardware guide's tables. Each row has dsfit's estimates of its jobs. */
#include "cli/commands.h"
#include "cli/common.h"
#include "cli/guide_json.h"
#include "cli/guide_text.h"

int cli_guide(int argc, char **argv)
{
	struct cli_common common;
	struct dsfit_site *site = cli_open(argc, argv, "Print the eleven tables of the hardware "
					   "guide. Each row also shows dsfit's own estimate for "
					   "its jobs.", &common);

	if (common.json)
		guide_json(site);
	else
		guide_text(site);
	dsfit_site_free(site);
	return 0;
}
