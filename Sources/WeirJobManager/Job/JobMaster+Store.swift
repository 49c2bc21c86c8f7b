import WeirControl
import WeirCore
import WeirSnapshot

/// What a job's master changes in its directory, beside its thread: manifests, clean-ups, scratch files.
extension JobMaster {
    /// Publishes a manifest on an I/O thread; the queue brings what came of it.
    func publish(_ manifest: CheckpointManifest) {
        let checkpoints = start.checkpoints
        let queue = self.queue
        let most = deployer.mostManifestBytes
        background.run {
            do throws(WeirError) {
                // Before it is there: no attempt could be started from it.
                if let most, manifest.encoded().count > most { throw SnapshotLimit.error }
                #if Sabotage
                FailPoint.checkpointingAnswered.reach()
                #endif
                try checkpoints.publish(manifest)
                #if Sabotage
                FailPoint.checkpointingPublished.reach()
                #endif
                queue.post(.published(manifest.checkpoint))
            } catch {
                queue.post(.publishFailed(manifest.checkpoint, error))
            }
        }
    }

    /// Deletes what was given up and what retention does not keep, on an I/O thread, and renews the
    /// fallback copy if it is time; one after the other, so that nothing is deleted while it is copied.
    func clean(_ work: CleanUp) {
        let checkpoints = start.checkpoints
        let retained = start.options.settings.retainedCheckpoints
        let now = world.clock.monotonicNanoseconds()
        let isCopied = work.retention != nil && fallbackPolicy.completed(now: now)
        let copied = isCopied ? status.lastCheckpoint : nil
        let fallback = start.directory.fallback
        background.run { [queue, copying, onNotice] in
            #if Sabotage
            FailPoint.cleaningBegan.reach()
            #endif
            do throws(WeirError) {
                for range in work.discarded {
                    #if Sabotage
                    if Sabotage.staleCleanUp.isActive {
                        try checkpoints.discard(range.lowerBound...CheckpointID(.max))
                        continue
                    }
                    #endif
                    try checkpoints.discard(range)
                }
                if let attempt = work.retention {
                    try checkpoints.clean(attempt: attempt, keeping: retained)
                }
            } catch {
                onNotice("Old checkpoints could not be removed: \(error)")
            }
            do throws(WeirError) {
                if let copied { try fallback.refresh(copied, cancellation: copying) }
            } catch {
                if error.code != .cancelled {
                    onNotice("Checkpoint \(copied ?? .none) could not be copied aside: \(error)")
                }
            }
            #if Sabotage
            FailPoint.cleaningCopied.reach()
            #endif
            queue.post(.cleaned)
        }
    }

    /// Removes what only this run had a use for; what cannot be removed is told and does no harm.
    func removeScratch() {
        #if Sabotage
        FailPoint.cleaningScratch.reach()
        #endif
        let path = start.directory.isLasting ? start.directory.work : start.directory.path
        do throws(WeirError) {
            try world.files.removeTree(path)
        } catch {
            onNotice("\(path) could not be removed: \(error)")
        }
    }
}
