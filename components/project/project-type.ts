/** Type of the component that has all of a project's resources below it; here for those who do not load the SDK. */
export const PROJECT_TYPE = "slipway:project:Project";
