export { type DirectoryLock, lockDirectory } from "./directory-lock.ts";
