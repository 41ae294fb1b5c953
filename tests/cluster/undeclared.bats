#!/usr/bin/env bats
# No option of dsfit: as if it were not there.

load helpers

requests=("-N1 --gpus-per-node=a100:4" "--gpus=2 --mem=1G" "-n4 --gpus-per-task=a100:1 -C net200"
	"--gres=gpu:h100:8,nic:1 -p preempt --exclusive" "-N1-3 -n4 -c2 --mem-per-cpu=1G")

@test "held byte for byte as without the plugin" {
	local request with kept
	for request in "${requests[@]}"; do
		slurm_env=()
		run_sbatch_hold $request
		submitted
		is "$stderr" ''
		with=$(record "$job")
		without_plugin
		run_sbatch_hold $request
		submitted
		is "$with" "$(record "$job")"
	done
}

@test "the job's environment is the same as without the plugin" {
	# surroundings FILE: what a job sees, but for what no two have in common.
	surroundings() {
		run_sbatch -o env --gpus-per-node=a100:1 -w a100-0 \
			--wrap 'env | sort >env.batch; srun sh -c "env | sort >env.step"'
		submitted
		completes "$job"
		grep -Ev '^(SLURM(D|_NODE|_JOB|_STEP|_TASK|_LAUNCH|_SRUN|_TOPOLOGY)?_?[A-Z_]*(ID|PID|PORT|HOST|TIME)|SLURM_JOBID|SLURM_TASK_PID|SLURM_CONF|SRUN_[A-Z_]*|TMPDIR|_)=' \
			env.batch env.step >"$1"
	}
	surroundings with
	without_plugin
	surroundings without
	diff with without
	lacks "$(cat with)" dsfit_ds
}

@test "what is said is the same as without the plugin" {
	run_sbatch_hold --gpus-per-node=nosuch:4 -p nosuch
	local said=$status:$output:$stderr
	without_plugin
	run_sbatch_hold --gpus-per-node=nosuch:4 -p nosuch
	is "$status:$output:$stderr" "$said"
}

@test "salloc and srun" {
	run_salloc -N1 --gpus-per-node=a100:4 true
	is "$status" 0
	is "$(said)" ''
	run_srun -N1 --gpus-per-node=a100:4 sh -c 'echo $SLURM_GPUS_ON_NODE'
	is "$output" 4
	is "$stderr" ''
}

@test "the configuration is not even opened" {
	edited_conf 's/^mode = correct/mode = advise/'
	with_conf "$PWD/dsfit.conf"
	run_on "$BATS_RUN_TMPDIR/opened" "$PWD/dsfit.conf" \
		sbatch --hold -N1 --gpus-per-node=a100:4 --wrap true
	is "$status" 1
	# With an option it is, and this would have noticed.
	run_on "$BATS_RUN_TMPDIR/opened" "$PWD/dsfit.conf" \
		sbatch --hold --ds-model=13B -N1 --gpus-per-node=a100:4 --wrap true
	is "$status" 0
}

@test "nor is what sizes jobs" {
	local file
	file=$(plugin_file dsfit_submit.so)
	run_on "$BATS_RUN_TMPDIR/opened" "$file" \
		sbatch --hold -N1 --gpus-per-node=a100:4 --wrap true
	is "$status" 1
	run_on "$BATS_RUN_TMPDIR/opened" "$file" \
		sbatch --hold --ds-model=13B -N1 --gpus-per-node=a100:4 --wrap true
	is "$status" 0
}

@test "a broken configuration is not noticed" {
	echo 'mode = ' >dsfit.conf
	with_conf "$PWD/dsfit.conf"
	run_sbatch_hold -N1 --gpus-per-node=a100:4
	is "$stderr" ''
	as_asked -N1 --gpus-per-node=a100:4
}
