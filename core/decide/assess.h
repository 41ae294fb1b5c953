/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_ASSESS_H
#define DSFIT_ASSESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/account/account.h"
#include "core/declare/workload.h"
#include "core/request/placement.h"
#include "core/request/request.h"
#include "core/site/site.h"

/* One request held against one site: where it may land, and whether the job fits there. */

/* Worse is higher. */
enum dsfit_verdict { DSFIT_FITS, DSFIT_UNKNOWN, DSFIT_TIGHT, DSFIT_EXCEEDS };
extern const char *const dsfit_verdict_names[];

struct dsfit_assessment {
	enum dsfit_verdict gpu, host, nvme, storage, network, overall;
	bool placed;			/* some class of the site can hold the request */
	struct dsfit_error stop;	/* why the training cannot run on the layout; "": it can */
	const struct dsfit_node_class *class;	/* the worst it may land on; NULL if not placed */
	/* If not placed: of the classes of its type, partition and features the one that comes
	 * nearest, NULL where there are none; and the card, where a type was named. */
	const struct dsfit_node_class *nearest;
	const struct dsfit_gpu *card;
	struct dsfit_layout layout;
	struct dsfit_account account;
	uint64_t gpu_capacity, host_capacity, nvme_capacity, network_capacity;	/* 0: unknown */
	/* Of an optimizer step, computing and what it waits for the network; 0: not known. */
	double step_seconds;
	double waiting;			/* the share of it that is waiting; negative: not known */
	double price;			/* $ an hour; negative: not known */
	double price_per_billion;	/* $ a billion tokens; negative: not known */
	double days_per_billion;	/* days a billion tokens; negative: not known */
};

/* low to high against a capacity of which 0 means unknown. */
enum dsfit_verdict dsfit_judge(uint64_t low, uint64_t high, uint64_t capacity);

/* The job on one class that dsfit_place() accepted. */
void dsfit_assess_on(const struct dsfit_site *site, const struct dsfit_workload *workload,
		     const struct dsfit_request *request, const struct dsfit_node_class *class,
		     const struct dsfit_layout *layout, struct dsfit_assessment *out);

/*
 * The job on the worst class it may land on; on the best, where the user named the nodes. A
 * request that no class can hold is assessed on the layout it states, with capacities unknown.
 */
void dsfit_assess(const struct dsfit_site *site, const struct dsfit_workload *workload,
		  const struct dsfit_request *request, struct dsfit_assessment *out);

/*
 * The same as if the site had no other classes than these `count`, all of which the request
 * matches (dsfit_matches()); of all that it has for NULL.
 */
void dsfit_assess_among(const struct dsfit_site *site, const struct dsfit_workload *workload,
			const struct dsfit_request *request,
			const struct dsfit_node_class *const *classes, size_t count,
			struct dsfit_assessment *out);

/* Likewise each class it may land on, in turn: the assessment is good for the call. */
typedef void (*dsfit_landing_visitor)(void *context, const struct dsfit_assessment *there);
void dsfit_assess_each(const struct dsfit_site *site, const struct dsfit_workload *workload,
		       const struct dsfit_request *request,
		       const struct dsfit_node_class *const *classes, size_t count,
		       dsfit_landing_visitor visit, void *context);

#endif
