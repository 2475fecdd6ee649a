import { Duration } from 'aws-cdk-lib'

/** For what could not be delivered, and for a run that is tried again. */
export const PATIENCE = { maxEventAge: Duration.hours(6), retryAttempts: 60 }

/** As often as Lambda does: with a minute's pause, then two. */
export const MORE_TRIES = 2
