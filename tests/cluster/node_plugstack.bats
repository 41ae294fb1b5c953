#!/usr/bin/env bats
# What plugstack.conf on the nodes does to declared jobs: without dsfit, with an optional plugin, and
# with a required one whose file is missing. Submit hosts have a plugstack.conf of their own.

load helpers

# A cluster of its own for each release: its nodes read etc/plugstack.conf.
setup_file() {
	other_cluster controller
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	slurm_env=()
	passing=
	stack=$DSFIT_CLUSTER_DIR/etc/plugstack.conf
	plugin=$(. "$DSFIT_CLUSTER_DIR/cluster" && echo "$plugin")
	conf=$(demo_conf)
	with_plugstack "required $plugin conf=$conf"
	cat >job.sh <<-'END'
		#!/bin/sh
		#SBATCH --ds-model=350M
		srun sh -c 'echo "task $SLURMD_NODENAME $SLURM_GPUS_ON_NODE"'
		sbatch --hold -N1 --gpus-per-node=a100:1 --wrap true
		sbatch --hold --ds-model=350M -N1 --gpus-per-node=a100:1 --wrap true
		sbatch --hold -p strict --ds-model=13B --ds-zero=3 -N1 --gpus-per-node=a100:4 --wrap true
		exit 0
	END
}

teardown() {
	local jobs
	: >"$stack"
	slurm_env=()
	on scontrol update NodeName=a100-0 State=RESUME 2>/dev/null || :
	jobs=$(own_jobs)
	[[ ! $jobs ]] || on scancel $jobs
	wait_until 20 no_own_jobs
}

# runs: a declared job of each command runs, and the nodes stay as they are.
runs() {
	run_sbatch -w a100-[0-1] -N2 --gpus-per-node=a100:4 job.sh
	submitted
	matches "$(said)" '^fits: 350M'
	completes "$job"
	is "$(gpus_seen "$job")" 8
	matches "$(comment "$job")" '^dsfit: 350M'
	cp "slurm-$job.out" out
	run_srun --ds-model=350M -w a100-0 -N1 --gpus-per-node=a100:2 sh -c 'echo $SLURM_GPUS_ON_NODE'
	is "$output" 2
	run_salloc --ds-model=350M -w a100-0 -N1 --gpus-per-node=a100:2 srun sh -c 'echo $SLURM_GPUS_ON_NODE'
	is "$(tail -n 1 <<<"$output")" 2
	is "$(on sinfo -h -n a100-[0-1] -t drain,down -o %D)" ''
}

@test "nodes without dsfit: jobs run, and do not know its options" {
	: >"$stack"
	runs
	matches "$(cat out)" "unrecognized option '--ds-model=350M'"
	# What a job submits without them passes as undeclared.
	is "$(grep -c 'Submitted batch job' out)" 1
}

@test "nodes with dsfit, optional: jobs run, and a refusal there is slurmctld's" {
	echo "optional $plugin conf=$conf" >"$stack"
	runs
	lacks "$(cat out)" 'unrecognized option'
	is "$(grep -c 'Submitted batch job' out)" 2
	matches "$(cat out)" 'sbatch: error: dsfit: refused: 13B'
	matches "$(cat out)" 'Batch job submission failed'
}

@test "nodes with dsfit, optional and missing: jobs run" {
	echo "optional /nowhere/spank_dsfit.so" >"$stack"
	runs
	# From 26.05 on Slurm does not say it.
	(($(release) >= 2605)) ||
		matches "$(cat out)" '/nowhere/spank_dsfit.so: cannot open shared object file'
}

is_drained() {
	[[ $(on sinfo -h -n a100-0 -o %T) == drained ]]
}

@test "nodes with dsfit, required and missing: the node is drained, and the job did not run" {
	echo "required /nowhere/spank_dsfit.so" >"$stack"
	run_sbatch -w a100-0 -N1 --gpus-per-node=a100:4 job.sh
	submitted
	wait_until 30 is_drained
	[[ ! -e slurm-$job.out ]]
	# 22.05 loses it; later releases put it back into the queue.
	if (($(release) < 2311)); then
		completes "$job"
	else
		is "$(held "$job" JobState) $(held "$job" Restarts)" 'PENDING 1'
	fi
}

@test "dsfit check says that the file is missing" {
	echo "required /nowhere/spank_dsfit.so" >plugstack.conf
	run_on dsfit check --conf="$conf"
	is "$status" 0
	matches "$stderr" 'plugstack.conf:1: /nowhere/spank_dsfit.so is missing and required'
	echo "required $plugin" >plugstack.conf
	run_on dsfit check --conf="$conf"
	is "$stderr" ''
}

# README.md's, before the line is added.
@test "a check of all nodes names those without the file" {
	local nodes
	nodes=$(on sinfo -h -o %D -p gpu)
	run_srun -N"$nodes" test -r "$plugin"
	is "$status" 0
	run_srun -N"$nodes" test -r /nowhere/spank_dsfit.so
	((status != 0))
	matches "$stderr" 'a100-0'
}
