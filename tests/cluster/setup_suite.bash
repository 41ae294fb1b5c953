# shellcheck shell=bash
# Once for a whole run of bats: a cluster of its own, and what the tests compile.
# shellcheck source=tests/cluster/helpers.bash
. "${BASH_SOURCE[0]%/*}/helpers.bash"

setup_suite() {
	# Not below bats's own directory: the path of a socket in it must stay short.
	DSFIT_CLUSTER_DIR=$(mktemp -d /tmp/dsfit-bats-XXXXXX)
	export DSFIT_CLUSTER_DIR
	# This cluster is all that the tests are to know of Slurm and of dsfit's files.
	unset "${!SLURM@}" "${!SBATCH_@}" "${!SALLOC_@}" "${!SRUN_@}" "${!SPANK_@}" DSFIT_CONF

	demo_with_another_gres "$BATS_RUN_TMPDIR/conf"
	start_cluster both "$BATS_RUN_TMPDIR/conf"
	# Where they are to run: it may have another C library than this machine.
	cluster run cc -O1 -Wall -Werror -o "$BATS_RUN_TMPDIR/opened" "$here/opened.c"
	cluster run cc -O1 -Wall -Werror -fPIC -shared -o "$BATS_RUN_TMPDIR/no_accessors.so" \
		"$here/no_accessors.c" -ldl
	cluster run cc -O1 -Wall -Werror -fPIC -shared -o "$BATS_RUN_TMPDIR/passes.so" "$here/passes.c"
	cluster run cc -O1 -Wall -Werror -o "$BATS_RUN_TMPDIR/client" "$here/client.c" -lslurm
}

# A daemon that died or a node that was drained on the way has failed the tests too.
teardown_suite() {
	local well=0 dir
	for dir in "$DSFIT_CLUSTER_DIR" "$DSFIT_CLUSTER_DIR"-*; do
		[[ -d $dir ]] || continue
		DSFIT_CLUSTER_DIR=$dir cluster status || well=1
		DSFIT_CLUSTER_DIR=$dir cluster stop || well=1
		# What is left of a cluster that never started.
		[[ ! -d $dir ]] || rmdir "$dir" || well=1
	done
	return "$well"
}
