/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/plan_page.h"

#include <stdio.h>
#include <stdlib.h>

#include "cli/common.h"
#include "cli/output.h"
#include "cli/plan_request.h"
#include "cli/submit_line.h"
#include "core/base/size.h"
#include "core/say/page.h"
#include "core/say/say.h"

/* "64.0 GiB of 79.1 GiB per GPU, 37 % of a step waiting for the network, $7.56/h, $438 and 2.4 days
 * per billion tokens" */
static void write_figures(FILE *out, const struct dsfit_assessment *a)
{
	char peak[DSFIT_SIZE_TEXT], capacity[DSFIT_SIZE_TEXT];

	fprintf(out, "%s of %s per GPU", dsfit_format_bytes(a->account.gpu.peak, peak),
		dsfit_format_bytes(a->gpu_capacity, capacity));
	if (a->waiting >= 0)
		fprintf(out, ", %.0f %% of a step waiting for the network", 100 * a->waiting);
	if (a->price >= 0)
		fprintf(out, ", $%.2f/h", a->price);
	if (a->price_per_billion >= 0)
		fprintf(out, ", $%.2f per billion tokens", a->price_per_billion);
	if (a->days_per_billion >= 0)
		fprintf(out, ", %.2f days per billion tokens", a->days_per_billion);
}

static void put_command(FILE *out, const char *command, const struct dsfit_alternative *row)
{
	char request[PLAN_REQUEST_MAX], *line;

	plan_request(row, request);
	cli_need(asprintf(&line, command ? "%s %s train.sh" : "%s%s", command ? command : "",
			  request) < 0);
	dsfit_page_command(out, line);
	free(line);
}

static void put_row(FILE *out, const char *command, const struct dsfit_alternative *row)
{
	const struct dsfit_assessment *a = &row->assessment;
	struct dsfit_text text;
	struct dsfit_bar bar;
	char heading[256], *figures;

	snprintf(heading, sizeof(heading), "%llu x %llu %s", (unsigned long long)a->layout.nodes,
		 (unsigned long long)a->layout.gpus_per_node, a->class->gpu->label);
	dsfit_page_section(out, heading);
	cli_need(!dsfit_text_begin(&text));
	write_figures(text.out, a);
	figures = dsfit_text_end(&text);
	cli_need(!figures);
	dsfit_page_text(out, figures);
	free(figures);
	dsfit_bar_gpu(a, &bar);
	dsfit_page_cell_bar(out, &bar, dsfit_bar_extent(&bar));
	put_command(out, command, row);
}

void plan_page(const struct plan_page *page)
{
	char *job = dsfit_say_workload(page->workload), *command, *written;
	struct dsfit_text text;
	struct dsfit_bar bar;
	FILE *out;

	cli_need(!job);
	command = submit_command(page->declaration);
	out = dsfit_page_begin(&text, job);
	cli_need(!out);
	dsfit_page_heading(out, page->count ? NULL : "does not fit", job,
			   page->count ? "Requests at this site that fit, best first" :
					 "No request at this site fits this training");
	for (size_t i = 0; i < page->count; i++)
		put_row(out, command, &page->row[i]);
	if (page->count) {
		dsfit_bar_gpu(&page->row[0].assessment, &bar);
		dsfit_page_legend(out, &bar);
	}
	written = dsfit_page_end(&text);
	cli_need(!written);
	cli_write_file("html", page->path, written);
	free(written);
	free(command);
	free(job);
}
