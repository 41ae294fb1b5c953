/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_ASSESS_H
#define DSFIT_ASSESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/account/account.h"
#include "core/account/least.h"
#include "core/base/error.h"
#include "core/declare/workload.h"
#include "core/request/placement.h"
#include "core/request/request.h"
#include "core/site/card_faults.h"
#include "core/site/site.h"

/* Assessing a request: whether a job fits on the nodes that Slurm may give it. */

/* Worse is higher. "Tight": the estimate's lower bound fits and its upper bound does not. */
enum dsfit_verdict { DSFIT_FITS, DSFIT_UNKNOWN, DSFIT_TIGHT, DSFIT_EXCEEDS };
extern const char *const dsfit_verdict_names[];

struct dsfit_assessment {
	/* `overall` is the worst of them. Scratch, storage and network count in it as "fits" if the
	 * site does not say how much there is; GPU and host memory count as "unknown". The network
	 * counts as `network_counts` says, not as `network`. */
	enum dsfit_verdict gpu, host, nvme, storage, network, overall;
	/* `network` tells whether more of a step than network-wait is spent waiting. Whether that
	 * counts is up to the policy of the request's partitions: to what it requires, in bits per
	 * second and node, the network that there is compares as `network_counts`. */
	enum dsfit_verdict network_counts;
	uint64_t network_low, network_high;
	bool placed;			/* some class of the site can hold the request */
	struct dsfit_error stop;	/* why DeepSpeed cannot run on this layout; "": it can */
	/* What is wrong with the card besides its memory; if it stops a training, `overall` is
	 * "exceeds". */
	enum dsfit_card_fault fault;
	const struct dsfit_node_class *class;	/* what was assessed; NULL if not placed */
	/* If not placed: of the classes with the request's type, partition and features the one
	 * that is most like its layout; NULL if there are none. dsfit_lack_on() says what it has
	 * too little of. */
	const struct dsfit_node_class *nearest;
	/* If not placed: the card of the GPU type that the request names; NULL: none or unknown. */
	const struct dsfit_gpu *card;
	struct dsfit_layout layout;
	struct dsfit_account account;
	/* Available: bytes per GPU, per node, per node; bits per second and node. 0: not known. */
	uint64_t gpu_capacity, host_capacity, nvme_capacity, network_capacity;
	/* As in struct dsfit_pace of core/decide/pace.h. */
	double step_seconds;
	double waiting;
	double days_per_billion;
	double price;			/* $ per hour; negative: not known */
	double price_per_billion;	/* $ for a billion tokens; negative: not known */
};

/* Whether the job would wait for the network longer than network-wait, and may. */
bool dsfit_may_wait(const struct dsfit_assessment *assessment);

/*
 * An evaluation that nobody has declared is usual, but not certain. So the verdicts of an
 * assessment are without it: that nobody is made to pay for GPUs which only such an evaluation
 * needs. Users see the verdicts with it: dsfit_with_evaluation() makes "fits" and "unknown" into
 * "tight", if dsfit_evaluation_is_tight(): the GPU certainly has room for the training, and maybe
 * not for an evaluation at the usual batch.
 */
bool dsfit_evaluation_is_tight(const struct dsfit_assessment *assessment);
enum dsfit_verdict dsfit_with_evaluation(const struct dsfit_assessment *assessment,
					 enum dsfit_verdict verdict);
void dsfit_count_evaluation(struct dsfit_assessment *assessment);	/* in its verdicts */
/* Whether all fits that is declared. */
bool dsfit_fits_as_declared(const struct dsfit_assessment *assessment);

/* A need between `low` and `high` against a capacity: "exceeds" if even `low` is more, "tight" if
 * only `high` is, "unknown" for capacity 0. */
enum dsfit_verdict dsfit_judge(uint64_t low, uint64_t high, uint64_t capacity);

/*
 * One training at one site, with the last accounts that were made of it: an account takes most of
 * the time of an assessment, and depends on the layout alone. Most decisions need few. The first
 * ones have room here, on slurmctld's stack, each page of which has to be got from the kernel; for
 * more there is memory when they come, and without it the first ones are replaced. Begin before
 * use, and end. Pointers are borrowed.
 */
#define DSFIT_ACCOUNTS_KEPT 32
#define DSFIT_ACCOUNTS_FIRST 2

struct dsfit_account_kept {
	struct dsfit_assessment assessment;
	/* The card that it was last compared with, if the layout is one node, which waits for no
	 * network. On another class with this card only host memory, scratch and price differ. */
	const struct dsfit_gpu *alone_on;
};

struct dsfit_accounts {
	const struct dsfit_site *site;
	const struct dsfit_workload *workload;
	uint64_t assessed;		/* classes that were assessed so far: what it cost */
	/* Memory was out during a search: what it has not found may be there. */
	bool no_memory;
	bool least_known;
	struct dsfit_least least;	/* see dsfit_least_of() */
	size_t count;			/* accounts that were given a place */
	/* The place of a layout's account, by the layout's hash, from 1; 0: it has none. */
	uint8_t place[DSFIT_ACCOUNTS_KEPT];
	struct dsfit_account_kept *more;	/* those behind the first ones; or NULL */
	struct dsfit_account_kept first[DSFIT_ACCOUNTS_FIRST];
};

void dsfit_accounts_begin(struct dsfit_accounts *accounts, const struct dsfit_site *site,
			  const struct dsfit_workload *workload);
void dsfit_accounts_end(struct dsfit_accounts *accounts);

/* The account on a layout: of the assessment only `layout`, `stop` and `account`. Valid until the
 * next call of a function that takes these accounts. */
const struct dsfit_assessment *dsfit_account_for(struct dsfit_accounts *accounts,
						 const struct dsfit_layout *layout);

/* The least that a GPU needs, whatever the layout. It is counted at the first call. */
const struct dsfit_least *dsfit_least_of(struct dsfit_accounts *accounts);

/* Assess the job on one class, on the layout that dsfit_place() returned for it. */
void dsfit_assess_on(struct dsfit_accounts *accounts, const struct dsfit_request *request,
		     const struct dsfit_node_class *class, const struct dsfit_layout *layout,
		     struct dsfit_assessment *out);

/*
 * Assess the job on the worst of the classes where Slurm may place it; on the best, if the user
 * named the nodes, because those cannot be told apart here. If no class can hold it alone, it is
 * assessed where several can together. If these cannot either, it is assessed on the layout that it
 * states. It then exceeds what the site has, or is unknown if the site has no nodes of that type,
 * partition and features. Of its capacities only GPU memory is known, if it names a type.
 *
 * It is as if the site had only these `count` classes, all of which the request matches
 * (dsfit_matches()). With `classes` NULL: all classes of the site.
 */
void dsfit_assess_among(struct dsfit_accounts *accounts, const struct dsfit_request *request,
			const struct dsfit_node_class *const *classes, size_t count,
			struct dsfit_assessment *out);

/* Assess the job on each of these classes where Slurm may place it, in turn. The assessment is
 * valid during the call of `visit` only. */
typedef void (*dsfit_landing_visitor)(void *context, const struct dsfit_assessment *there);
void dsfit_assess_each(struct dsfit_accounts *accounts, const struct dsfit_request *request,
		       const struct dsfit_node_class *const *classes, size_t count,
		       dsfit_landing_visitor visit, void *context);

#endif
